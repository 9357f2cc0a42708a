/// Of the catalogs.
extension PageTemplates {
    static let catalogTemplates: [(String, String)] = [
        (
            "catalogs",
            """
            <div class="head">
            <h1>Catalogs</h1>
            {{^isEmpty}}
            <form method="post" action="/catalogs/refresh">{{>keys}}<button>Refresh all</button></form>
            {{/isEmpty}}
            </div>
            {{>notice}}
            {{>warnings}}
            {{#isEmpty}}
            <p class="lead">This host follows no catalog yet. Add the first one below.</p>
            {{/isEmpty}}
            {{^isEmpty}}
            <ul class="cards">
            {{#catalogs}}
            <li class="card">
            <h2><a href="/catalogs/{{name}}">{{name}}</a></h2>
            {{>health}}
            </li>
            {{/catalogs}}
            </ul>
            {{/isEmpty}}
            <form method="post" action="/catalogs/add" class="card narrow" aria-labelledby="add">
            <h2 id="add">Add a catalog</h2>
            {{>keys}}
            <p><label>What to call it here <input name="name" required maxlength="64" autocapitalize="none" \
            spellcheck="false"></label></p>
            <p class="hint">Small letters, digits, dots, hyphens.</p>
            <p><label>Address <input name="location" required maxlength="2048" inputmode="url" autocapitalize="none" \
            spellcheck="false"></label></p>
            <p class="hint">Such as https://apps.example.org/, or a path on this host that begins with /.</p>
            <p><label>Fingerprint of its root <input name="fingerprint" maxlength="64" autocapitalize="none" \
            spellcheck="false"></label></p>
            <p class="hint">64 digits, from whoever keeps the catalog, over another way than its own server.</p>
            <p><button>Add and verify</button></p>
            </form>

            """
        ),
        (
            "health",
            """
            <p><span class="badge {{state.tone}}">{{state.word}}</span> <span class="muted">{{apps}}</span></p>
            <dl>
            <div><dt>Address</dt><dd class="digest">{{location}}</dd></div>
            <div><dt>Verified</dt><dd>{{#.refreshedAt}}{{>moment}}{{/.refreshedAt}}{{^.refreshedAt}}never\
            {{/.refreshedAt}}</dd></div>
            {{#.expiresAt}}
            <div><dt>Counts until</dt><dd>{{>moment}}{{#expiresSoon}} <span class="badge warn">Soon</span>\
            {{/expiresSoon}}</dd></div>
            {{/.expiresAt}}
            </dl>
            {{#.failure}}
            <p><span class="badge warn">Trouble</span> {{.}}</p>
            {{/.failure}}

            """
        ),
        (
            "catalog",
            """
            {{#catalog}}
            <div class="head">
            <h1>Catalog {{name}}</h1>
            <form method="post" action="/catalogs/{{name}}/refresh">{{>keys}}<button>Refresh</button></form>
            </div>
            {{/catalog}}
            <p><a href="/catalogs">All catalogs</a></p>
            {{>notice}}
            {{#.refusal}}
            <div class="notice bad" role="note"><p><strong>Nothing is installed from it now.</strong> {{.}}</p></div>
            {{/.refusal}}
            <section class="card" aria-labelledby="health">
            <h2 id="health">How it is</h2>
            {{#catalog}}
            {{>health}}
            {{/catalog}}
            <dl>
            {{#.addedAt}}
            <div><dt>Added</dt><dd>{{>moment}}</dd></div>
            {{/.addedAt}}
            <div><dt>Root</dt><dd><code class="digest">{{fingerprint}}</code></dd></div>
            </dl>
            </section>
            <h2>What it lists</h2>
            {{#isEmpty}}
            <p class="lead">Nothing that can be shown.</p>
            {{/isEmpty}}
            {{^isEmpty}}
            <div class="scroll" role="region" aria-label="Apps of the catalog" tabindex="0">
            <table>
            <caption>Apps, as they were listed when it was last verified</caption>
            <thead><tr><th scope="col">App</th><th scope="col">Newest</th><th scope="col">Installed</th>\
            <th scope="col">About</th></tr></thead>
            <tbody>
            {{#apps}}
            <tr><th scope="row"><a href="/catalogs/{{catalog.name}}/apps/{{id}}">{{name}}</a></th><td>{{version}}\
            {{#.reason}}<br><span class="muted">{{.}}</span>{{/.reason}}</td><td>{{#.installed}}{{.}}{{/.installed}}\
            {{^.installed}}no{{/.installed}}</td><td>{{#.summary}}{{.}}{{/.summary}}</td></tr>
            {{/apps}}
            </tbody>
            </table>
            </div>
            {{/isEmpty}}
            {{#hasUnknown}}
            <h2>What cannot be used</h2>
            <ul>
            {{#unknown}}
            <li>{{.}}</li>
            {{/unknown}}
            </ul>
            {{/hasUnknown}}
            <h2>Remove</h2>
            <p>The next page says what is kept and what is lost.</p>
            <p><a class="button danger" href="/catalogs/{{catalog.name}}/remove">Remove …</a></p>

            """
        ),
    ]
}
