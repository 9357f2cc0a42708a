import Mustache

/// The templates of all pages, which are part of the program.
enum PageLibrary {
    /// - Parameter view: its stored members are what the template names.
    /// - Precondition: there is a template of that name.
    static func render(_ view: Any, with template: String) -> String {
        guard let text = library.render(view, withTemplate: template) else {
            preconditionFailure("there is no template \(template)")
        }
        return text
    }

    private static let library: MustacheLibrary = {
        MustacheContentTypes.register(EscapedHTML(), named: "PAGE")
        var library = MustacheLibrary()
        for (name, text) in PageTemplates.all {
            do {
                // Each template sets it by itself: a partial begins with the package's own escaping again.
                try library.register("{{% CONTENT_TYPE:PAGE}}\n" + text, named: name)
            } catch {
                preconditionFailure("the template \(name) is not as Mustache has it: \(error)")
            }
        }
        return library
    }()
}

/// Text in HTML, and in its attributes in double quotes.
///
/// It goes by scalars: a quote with an accent behind it is one character to Swift, and ends an attribute all the same.
private struct EscapedHTML: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            case "\n", "\t": escaped.append(scalar)
            // What cannot be seen, or turns around the order in which a line is read.
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                escaped.append("\u{FFFD}")
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
