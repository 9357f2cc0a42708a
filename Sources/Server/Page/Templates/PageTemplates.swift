/// Every template by its name. They are Mustache: what stands in two braces is escaped.
///
/// A dot before a name looks it up in the innermost thing alone: without it, what is nil there is looked for around it.
enum PageTemplates {
    static let all: [(String, String)] =
        [("shell", shell)] + parts + appTemplates + reviewTemplates + catalogTemplates + workTemplates

    /// The one place where HTML is put in as it is: what the templates below made.
    private static let shell = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}} · AppHost</title>
        <link rel="stylesheet" href="/style.css">
        {{#refreshes}}
        <noscript><meta http-equiv="refresh" content="2"></noscript>
        <script src="/progress.js" defer></script>
        {{/refreshes}}
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
        <p class="brand"><a href="/">AppHost</a></p>
        {{#user}}
        <nav aria-label="Pages">
        <ul>
        {{#links}}
        <li><a href="{{href}}"{{#isCurrent}} aria-current="true"{{/isCurrent}}>{{text}}</a></li>
        {{/links}}
        </ul>
        </nav>
        <form class="out" method="post" action="/sign-out">
        {{>keys}}
        <p>Signed in as <b>{{user}}</b></p>
        <button class="quiet">Sign out</button>
        </form>
        {{/user}}
        </header>
        <main id="main" tabindex="-1">
        {{{content}}}
        </main>
        <footer><p>AppHost {{version}}</p></footer>
        </body>
        </html>

        """

    private static let parts: [(String, String)] = [
        (
            "keys",
            """
            <input type="hidden" name="form_password" value="{{form.password}}">
            <input type="hidden" name="form_number" value="{{form.number}}">

            """
        ),
        ("moment", #"<time datetime="{{iso}}">{{exact}}</time> <span class="muted">({{relative}})</span>"#),
        (
            "notice",
            """
            {{#notice}}
            <div class="notice good" role="status">
            {{#sentences}}
            <p>{{.}}</p>
            {{/sentences}}
            </div>
            {{/notice}}

            """
        ),
        (
            "warnings",
            """
            {{#hasWarnings}}
            <div class="notice warn" role="note">
            <p><strong>To know:</strong></p>
            <ul>
            {{#warnings}}
            <li>{{.}}</li>
            {{/warnings}}
            </ul>
            </div>
            {{/hasWarnings}}

            """
        ),
        (
            "restart",
            """
            <fieldset>
            <legend>While it is done</legend>
            {{#running}}
            <p>The app is running. It has to be stopped first, or restarted here.</p>
            {{/running}}
            {{^running}}
            <p>The app is not running. It stays stopped.</p>
            {{/running}}
            <p class="check"><label><input type="checkbox" name="restart" value="yes"> Stop it where it runs, and \
            start it again afterwards</label></p>
            <p><label>Then the new version has to show
            <select name="health">
            <option value="">what its publisher asks for, where it ran before</option>
            <option value="manifest">what its publisher asks for; it is started for that</option>
            <option value="process">that it lives for a while; it is started for that</option>
            <option value="none">nothing but that it can be started</option>
            </select></label></p>
            <p class="check"><label><input type="checkbox" name="leave" value="yes"> Leave the new version in place \
            where it fails</label></p>
            <p class="hint">Without that, the version before is brought back where the new one fails.</p>
            </fieldset>

            """
        ),
        (
            "consents",
            """
            <fieldset>
            <legend>I accept</legend>
            {{#consents}}
            <p class="check"><label><input type="checkbox" name="accept" value="{{name}}"> <b>{{name}}</b> – \
            {{words}}</label></p>
            {{/consents}}
            </fieldset>

            """
        ),
        (
            "trouble-body",
            """
            <p class="lead">{{message}}</p>
            {{#.state}}
            <p><strong>{{.}}</strong></p>
            {{/.state}}
            {{#.advice}}
            <p>{{.}}</p>
            {{/.advice}}
            {{#hasLog}}
            <p><strong>The last lines that the app wrote:</strong></p>
            <div class="scroll" role="region" aria-label="Lines of the log" tabindex="0"><pre>{{#log}}{{.}}
            {{/log}}</pre></div>
            {{/hasLog}}
            <p><a class="button" href="{{href}}">{{link}}</a></p>
            <p class="muted">Code: <code>{{code}}</code></p>

            """
        ),
        (
            "trouble",
            """
            <h1>{{title}}</h1>
            {{>trouble-body}}

            """
        ),
        (
            "sign-in",
            """
            <h1>Sign in</h1>
            {{#isWrong}}
            <div class="notice bad" role="alert"><p>That token is not known here. It may have been revoked, or not be \
            whole. Nothing was done.</p></div>
            {{/isWrong}}
            <form method="post" action="/sign-in" class="card narrow">
            <input type="hidden" name="to" value="{{destination}}">
            <p><label>Token of an operator
            <input type="password" name="token" autocomplete="current-password" required autofocus \
            spellcheck="false"></label></p>
            <p class="hint">It begins with <code>apphost_</code>. You stay signed in for 12 hours.</p>
            <p><button>Sign in</button></p>
            </form>
            {{#isFirst}}
            <h2>The first time</h2>
            <p>There is no token yet. Make one on the host, as the user who runs AppHost, and paste it here:</p>
            <pre><code>apphost token new me</code></pre>
            {{/isFirst}}
            {{^isFirst}}
            <h2>No token?</h2>
            <p>Make one on the host, as the user who runs AppHost: <code>apphost token new NAME</code>. It is shown \
            once.</p>
            {{/isFirst}}

            """
        ),
    ]
}
