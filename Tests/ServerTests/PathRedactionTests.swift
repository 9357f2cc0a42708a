import HostModel
import Server
import Testing

/// No answer holds a path of the host.
struct PathRedactionTests {
    private let redaction = PathRedaction(roots: ["/var/lib/apphost", "/", "relative", "/var/lib/apphost-real/"])

    @Test(
        arguments: [
            ("cannot open '/var/lib/apphost/apps/notes': no such file", "cannot open '…/apps/notes': no such file"),
            ("'/var/lib/apphost' is not a root", "'…' is not a root"),
            ("'/var/lib/apphost-real/lock' is held", "'…/lock' is held"),
            ("cannot read '/srv/my files/a.zip': it is empty", "cannot read '…': it is empty"),
            ("there is no '/srv/a.zip'", "there is no '…'"), ("/srv/a.zip", "…"),
            ("it is /srv/a.zip: gone", "it is …: gone"),
            ("'file:///srv/catalog' is not there", "'file:…' is not there"), ("(/etc/passwd)", "(…)"),
            ("'//srv/a' and \"/srv/b\"", "'…' and \"…\""), ("--from=/srv/a", "--from=…"),
            // What is no path of the host stays.
            ("'static/index.html' has not the SHA-256", "'static/index.html' has not the SHA-256"),
            ("'https://apps.example.org/a' is longer", "'https://apps.example.org/a' is longer"),
            ("1.0.0 / 1.1.0", "1.0.0 / 1.1.0"), ("and/or '/'", "and/or '/'"), ("relative", "relative"), ("", ""),
            ("see '/api/v1/openapi.json'", "see '/api/v1/openapi.json'"),
        ])
    func `a sentence loses every absolute path`(sentence: String, shown: String) {
        #expect(redaction.sentence(sentence) == shown)
    }

    @Test(
        arguments: [
            ("GET /index.html from /var/lib/apphost/data/notes", "GET /index.html from …/data/notes"),
            ("/srv/chosen", "/srv/chosen"),
        ])
    func `what others wrote loses the managed root alone`(text: String, shown: String) {
        #expect(redaction.text(text) == shown)
    }

    @Test func `a value is gone through as a whole`() {
        let inner: JSONValue = ["message": "cannot open '/srv/a'", "text": "GET /a", "count": 1]
        let value: JSONValue = [
            "results": [inner], "location": "/srv/catalog", "warnings": ["'/srv/b' is gone"],
            "/var/lib/apphost/x": "/var/lib/apphost/y", "nothing": JSONValue.null,
        ]
        #expect(
            redaction.value(value).text
                == #"{"results":[{"message":"cannot open '…'","text":"GET /a","count":1}],"location":"…","#
                + #""warnings":["'…' is gone"],"…/x":"…/y","nothing":null}"#)
    }
}
