/// Of what is looked at before something is let in: an update, and an app that is new here.
extension PageTemplates {
    static let reviewTemplates: [(String, String)] = [
        (
            "advisories",
            """
            {{#hasAdvisories}}
            <div class="notice bad" role="note">
            <h2>Advisories</h2>
            <ul>
            {{#advisories}}
            <li><span class="badge {{severity.tone}}">{{severity.word}}</span> <b>{{id}}</b>\
            {{#.summary}} {{.}}{{/.summary}}\
            {{#.link}} <a href="{{href}}" rel="noopener noreferrer">more of {{id}}</a>{{/.link}}</li>
            {{/advisories}}
            </ul>
            </div>
            {{/hasAdvisories}}
            """
        ),
        (
            "review",
            """
            <h1>Review {{name}}</h1>
            <p><a href="/apps/{{id}}">Back to {{name}}</a></p>
            {{>notice}}
            {{>warnings}}
            {{#isEmpty}}
            <div class="card">
            <h2>There is nothing to review</h2>
            <p>{{outlook.news}}: {{outlook.why}}</p>
            <form method="post" action="/apps/{{id}}/check">{{>keys}}<button>Check now</button></form>
            </div>
            {{/isEmpty}}
            {{#candidate}}
            <p class="lead versions"><span>{{current}}</span> <span aria-hidden="true">→</span>\
            <span class="unseen"> to </span> <span>{{version}}</span></p>
            {{#.deprecation}}
            <div class="notice bad" role="note"><p>{{.}}</p></div>
            {{/.deprecation}}
            {{>advisories}}
            <div class="columns">
            <section class="card" aria-labelledby="what">
            <h2 id="what">What it is</h2>
            <dl>
            <div><dt>Version</dt><dd>{{version}}</dd></div>
            <div><dt>From</dt><dd>the catalog {{catalog}}, channel {{channel}}</dd></div>
            {{#.publishedAt}}
            <div><dt>Published</dt><dd>{{>moment}}</dd></div>
            {{/.publishedAt}}
            <div><dt>Download</dt><dd>{{size}}</dd></div>
            <div><dt>This host</dt><dd>{{compatibility}}</dd></div>
            <div><dt>Digest</dt><dd><code class="digest">{{digest}}</code></dd></div>
            </dl>
            </section>
            <section class="card" aria-labelledby="trust">
            <h2 id="trust">Who says so</h2>
            <p><span class="badge {{trust.tone}}">Review</span> {{trust.verdict}}</p>
            {{#trust.note}}
            <p>The reviewer notes: {{.}}</p>
            {{/trust.note}}
            {{#trust.policy}}
            <p>By the review policy {{.}}.</p>
            {{/trust.policy}}
            {{#trust.reviewedAt}}
            <p>Reviewed {{>moment}}</p>
            {{/trust.reviewedAt}}
            {{#trust.expiresAt}}
            <p>It counts until {{>moment}}</p>
            {{/trust.expiresAt}}
            {{#trust.evidence}}
            <p><a href="{{href}}" rel="noopener noreferrer">The reviewer’s evidence</a></p>
            {{/trust.evidence}}
            {{#trust.evidenceDigest}}
            <p class="muted">SHA-256 of the evidence: <code class="digest">{{.}}</code></p>
            {{/trust.evidenceDigest}}
            {{#trust.warnings}}
            <p><strong>To know:</strong> {{.}}</p>
            {{/trust.warnings}}
            <p>{{trust.signed}}</p>
            {{#trust.claim}}
            <p>{{.}}</p>
            {{/trust.claim}}
            </section>
            </div>
            <h2>What is new</h2>
            {{#.news}}
            <p class="prose">{{.}}</p>
            {{/.news}}
            {{^.news}}
            <p class="muted">Its publisher does not say.</p>
            {{/.news}}
            {{#.newsLink}}
            <p><a href="{{href}}" rel="noopener noreferrer">The whole changelog</a></p>
            {{/.newsLink}}
            {{#changes}}
            {{>changes}}
            {{/changes}}
            {{/candidate}}
            {{#hasGates}}
            <h2>What decides</h2>
            <div class="scroll" role="region" aria-label="Gates" tabindex="0">
            <table>
            <caption>Every gate that a policy asks. A person who names the app goes by what is asked below.</caption>
            <thead><tr><th scope="col">Gate</th><th scope="col">Came out</th><th scope="col">Looked at</th>\
            <th scope="col">Keeps it from</th></tr></thead>
            <tbody>
            {{#gates}}
            <tr><th scope="row">{{name}}</th><td><span class="badge {{outcome.tone}}">{{outcome.word}}</span>\
            {{#.message}}<br>{{.}}{{/.message}}</td><td>{{input}}</td><td>{{guards}}</td></tr>
            {{/gates}}
            </tbody>
            </table>
            </div>
            {{/hasGates}}
            {{#candidate}}
            {{#.refusal}}
            <div class="notice bad" role="note"><p>{{.}}</p></div>
            {{/.refusal}}
            {{^.refusal}}
            {{^isStaged}}
            <form method="post" action="/apps/{{id}}/stage" class="card" aria-labelledby="take">
            <h2 id="take">Take {{version}}</h2>
            {{>keys}}
            <input type="hidden" name="expect" value="{{digest}}">
            {{#hasConsents}}
            {{>consents}}
            {{/hasConsents}}
            {{#changes}}
            {{>values}}
            {{/changes}}
            <p>Staging fetches it, verifies it and puts it aside. What is installed is not touched, and you apply it \
            when you like.</p>
            <p><button>Stage {{version}}</button></p>
            <details>
            <summary>Or install it at once</summary>
            {{>restart}}
            <p><button class="quiet" formaction="/apps/{{id}}/update">Update to {{version}} now</button></p>
            </details>
            </form>
            {{/isStaged}}
            {{#isStaged}}
            <form method="post" action="/apps/{{id}}/apply" class="card" aria-labelledby="take">
            <h2 id="take">Apply {{version}}</h2>
            <p>It is staged: fetched, verified and put aside.</p>
            {{>keys}}
            <input type="hidden" name="expect" value="{{digest}}">
            {{#hasConsents}}
            <p>What you accepted when it was staged still counts. What has changed since is asked again.</p>
            {{>consents}}
            {{/hasConsents}}
            {{#changes}}
            {{>values}}
            {{/changes}}
            {{>restart}}
            <div class="actions">
            <button>Apply {{version}}</button>
            <a class="button quiet" href="/apps/{{id}}/unstage">Discard it …</a>
            </div>
            </form>
            {{/isStaged}}
            {{/.refusal}}
            {{/candidate}}
            {{#staged}}
            <section aria-labelledby="other">
            <h2 id="other">{{version}} is staged</h2>
            <p>It is not what a catalog lists for this app now. What it is, its own manifest says:</p>
            {{#.compatibility}}
            <p>{{.}}.</p>
            {{/.compatibility}}
            {{#.changes}}
            {{>changes}}
            {{/.changes}}
            <form method="post" action="/apps/{{id}}/apply" class="card">
            <h3>Apply {{version}}</h3>
            {{>keys}}
            <input type="hidden" name="expect" value="{{digest}}">
            <p>Once more it is verified. What it then asks for and you did not accept stops it, and nothing is \
            changed.</p>
            {{>consents}}
            {{#.changes}}
            {{>values}}
            {{/.changes}}
            {{>restart}}
            <div class="actions">
            <button>Apply {{version}}</button>
            <a class="button quiet" href="/apps/{{id}}/unstage">Discard it …</a>
            </div>
            </form>
            </section>
            {{/staged}}

            """
        ),
        (
            "changes",
            """
            <h2>Permissions</h2>
            {{#hasPermissions}}
            <div class="scroll" role="region" aria-label="Permissions" tabindex="0">
            <table>
            <caption>What it asks for, compared with what is installed</caption>
            <thead><tr><th scope="col">Permission</th><th scope="col">Change</th><th scope="col">Why</th></tr></thead>
            <tbody>
            {{#permissions}}
            <tr><th scope="row"><code>{{name}}</code></th><td><span class="badge {{change.tone}}">{{change.word}}\
            </span></td><td>{{#.rationale}}{{.}}{{/.rationale}}{{^.rationale}}<span class="muted">Its publisher does \
            not say</span>{{/.rationale}}</td></tr>
            {{/permissions}}
            </tbody>
            </table>
            </div>
            {{/hasPermissions}}
            {{^hasPermissions}}
            <p>It asks for none, and did not before.</p>
            {{/hasPermissions}}
            <h2>Variables and posture</h2>
            {{#hasVariables}}
            <div class="scroll" role="region" aria-label="Variables" tabindex="0">
            <table>
            <caption>Variables that are not set, or are needed no more</caption>
            <thead><tr><th scope="col">Variable</th><th scope="col">Change</th><th scope="col">What it is</th></tr>\
            </thead>
            <tbody>
            {{#variables}}
            <tr><th scope="row"><code>{{name}}</code></th><td><span class="badge {{change.tone}}">{{change.word}}\
            </span>{{#.traits}} {{.}}{{/.traits}}</td><td>{{#.description}}{{.}}{{/.description}}</td></tr>
            {{/variables}}
            </tbody>
            </table>
            </div>
            {{/hasVariables}}
            {{^hasVariables}}
            <p>Every variable that it takes is set.</p>
            {{/hasVariables}}
            {{#hasPosture}}
            <dl>
            {{#posture}}
            <div><dt>{{what}}</dt><dd>{{from}} <span aria-hidden="true">→</span><span class="unseen"> to </span> \
            {{to}}</dd></div>
            {{/posture}}
            </dl>
            {{/hasPosture}}
            {{^hasPosture}}
            <p>Its transport and its permission profile stay as they are.</p>
            {{/hasPosture}}

            """
        ),
        (
            "values",
            """
            {{#hasInputs}}
            <fieldset>
            <legend>Values that it needs</legend>
            {{#inputs}}
            <p><label>{{name}} <input name="env.{{name}}" autocapitalize="none" spellcheck="false"></label></p>
            {{#.description}}
            <p class="hint">{{.}}</p>
            {{/.description}}
            {{/inputs}}
            <p class="hint">They are needed to install it, not to stage it, and are stored once it is installed.</p>
            </fieldset>
            {{/hasInputs}}
            {{#missingSecrets}}
            <p>It needs the secret <code>{{name}}</code>. Set it on the host first: <code>apphost secret set {{id}} \
            {{name}}</code></p>
            {{/missingSecrets}}

            """
        ),
        (
            "offer",
            """
            <h1>Install {{name}}</h1>
            <p><a href="/catalogs/{{catalog}}">Back to the catalog {{catalog}}</a></p>
            {{#.summary}}
            <p class="lead">{{.}}</p>
            {{/.summary}}
            {{#.deprecation}}
            <div class="notice bad" role="note"><p>{{.}}</p></div>
            {{/.deprecation}}
            {{#.reason}}
            <div class="notice warn" role="note"><p>{{.}}</p></div>
            {{/.reason}}
            {{>advisories}}
            <div class="columns">
            <section class="card" aria-labelledby="what">
            <h2 id="what">What it is</h2>
            <dl>
            <div><dt>Version</dt><dd>{{#.version}}{{.}}{{/.version}}{{^.version}}none for this host{{/.version}}\
            </dd></div>
            <div><dt>From</dt><dd>the catalog {{catalog}}, channel {{channel}}</dd></div>
            {{#.publishedAt}}
            <div><dt>Published</dt><dd>{{>moment}}</dd></div>
            {{/.publishedAt}}
            <div><dt>Download</dt><dd>{{size}}</dd></div>
            <div><dt>Needs</dt><dd>{{requires}}</dd></div>
            {{#.digest}}
            <div><dt>Digest</dt><dd><code class="digest">{{.}}</code></dd></div>
            {{/.digest}}
            </dl>
            {{#.news}}
            <h3>What is new</h3>
            <p class="prose">{{.}}</p>
            {{/.news}}
            {{#.newsLink}}
            <p><a href="{{href}}" rel="noopener noreferrer">The whole changelog</a></p>
            {{/.newsLink}}
            </section>
            <section class="card" aria-labelledby="asks">
            <h2 id="asks">What it asks for</h2>
            {{#hasPermissions}}
            <p>Installing it grants:</p>
            <ul>
            {{#permissions}}
            <li><code>{{name}}</code>{{#.rationale}} – {{.}}{{/.rationale}}</li>
            {{/permissions}}
            </ul>
            {{/hasPermissions}}
            {{^hasPermissions}}
            <p>No permission.</p>
            {{/hasPermissions}}
            <p>Signed by catalog publisher: that is no review. The bundle itself needs a key that this host \
            trusts.</p>
            </section>
            </div>
            {{#.installed}}
            <div class="notice good" role="note"><p>It is installed already, as {{.}}. <a href="/apps/{{id}}">See \
            it</a></p></div>
            {{/.installed}}
            {{^.installed}}
            {{#.version}}
            <form method="post" action="/catalogs/{{catalog}}/apps/{{id}}/install" class="card" \
            aria-labelledby="take">
            <h2 id="take">Install {{version}}</h2>
            {{>keys}}
            <input type="hidden" name="expect" value="{{digest}}">
            <input type="hidden" name="version" value="{{version}}">
            {{#hasInputs}}
            <fieldset>
            <legend>Variables</legend>
            {{#inputs}}
            <p><label>{{name}}{{#required}} (required to start){{/required}} <input name="env.{{name}}" \
            autocapitalize="none" spellcheck="false"></label></p>
            {{#.description}}
            <p class="hint">{{.}}</p>
            {{/.description}}
            {{/inputs}}
            </fieldset>
            {{/hasInputs}}
            {{#hasSecrets}}
            <p>Its secrets are set on the host, once it is installed:</p>
            <ul>
            {{#secrets}}
            <li><code>apphost secret set {{id}} {{name}}</code>{{#required}} (required to start){{/required}}\
            {{#.description}} – {{.}}{{/.description}}</li>
            {{/secrets}}
            </ul>
            {{/hasSecrets}}
            <details>
            <summary>If you are asked for your consent</summary>
            {{>consents}}
            </details>
            <p><button>Install {{name}} {{version}}</button></p>
            </form>
            {{/.version}}
            {{/.installed}}

            """
        ),
    ]
}
