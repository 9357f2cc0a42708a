/// Of the apps: all of them, one, its history, and what asks before it destroys.
extension PageTemplates {
    static let appTemplates: [(String, String)] = [
        (
            "apps",
            """
            <div class="head">
            <h1>Apps</h1>
            {{^isEmpty}}
            <form method="post" action="/check">{{>keys}}<button>Check all now</button></form>
            {{/isEmpty}}
            </div>
            {{>notice}}
            {{>warnings}}
            {{#isEmpty}}
            <div class="card">
            <h2>Nothing is installed yet</h2>
            {{#hasCatalogs}}
            <p>A catalog of this host lists what you can install.</p>
            <p><a class="button" href="/catalogs">See the catalogs</a></p>
            {{/hasCatalogs}}
            {{^hasCatalogs}}
            <p>Apps come from catalogs. Add one first: you need its address and its fingerprint, from whoever keeps \
            it.</p>
            <p><a class="button" href="/catalogs">Add a catalog</a></p>
            {{/hasCatalogs}}
            <p>A bundle in a file is installed on the host: <code>apphost install ./notes-1.0.zip</code>.</p>
            </div>
            {{/isEmpty}}
            {{^isEmpty}}
            <ul class="cards">
            {{#apps}}
            <li class="card">
            <h2><a href="/apps/{{id}}">{{name}}</a></h2>
            <p><span class="badge {{state.tone}}">{{state.word}}</span> <span class="muted">{{id}}</span></p>
            <dl>
            <div><dt>Version</dt><dd>{{version}}</dd></div>
            <div><dt>Policy</dt><dd>{{policy}}</dd></div>
            <div><dt>Update</dt><dd><span class="badge {{outlook.tone}}">{{outlook.news}}</span></dd></div>
            </dl>
            <p>{{outlook.why}}</p>
            {{#.held}}
            <p><span class="badge warn">Held</span> {{.}}.</p>
            {{/.held}}
            {{#outlook.isReviewed}}
            <p><a class="button" href="/apps/{{id}}/review">Review <span class="unseen">{{name}}</span></a></p>
            {{/outlook.isReviewed}}
            </li>
            {{/apps}}
            </ul>
            {{/isEmpty}}

            """
        ),
        (
            "absent",
            """
            <h1>{{name}}</h1>
            <p class="lead">{{id}} is not installed.</p>
            <ul>
            {{#catalogs}}
            <li><a href="/catalogs/{{.}}/apps/{{id}}">Look at it in the catalog {{.}}</a></li>
            {{/catalogs}}
            </ul>

            """
        ),
        (
            "app",
            """
            <div class="head">
            <h1>{{name}}</h1>
            <p><span class="badge {{state.tone}}">{{state.word}}</span> <span class="muted">{{id}}</span></p>
            </div>
            {{#.summary}}
            <p class="lead">{{.}}</p>
            {{/.summary}}
            {{>notice}}
            {{>warnings}}
            {{#isUnconfirmed}}
            <div class="notice warn" role="note"><p>An update of it was never judged: whoever did died meanwhile. The \
            next change of this app undoes it.</p></div>
            {{/isUnconfirmed}}
            <div class="columns">
            <section class="card" aria-labelledby="update">
            <h2 id="update">Update</h2>
            <p><span class="badge {{outlook.tone}}">{{outlook.news}}</span></p>
            <p>{{outlook.why}}</p>
            {{#policy.held}}
            <p><span class="badge warn">Held</span> {{.}}.</p>
            {{/policy.held}}
            <div class="actions">
            {{#outlook.isReviewed}}
            <a class="button" href="/apps/{{id}}/review">Review</a>
            {{/outlook.isReviewed}}
            <form method="post" action="/apps/{{id}}/check">{{>keys}}<button class="quiet">Check now</button></form>
            {{#.rollback}}
            <a class="button quiet" href="/apps/{{id}}/rollback">Roll back to {{.}} …</a>
            {{/.rollback}}
            </div>
            </section>
            <section class="card" aria-labelledby="run">
            <h2 id="run">Running</h2>
            <dl>
            <div><dt>State</dt><dd>{{state.word}}</dd></div>
            {{#.startedAt}}
            <div><dt>Since</dt><dd>{{>moment}}</dd></div>
            {{/.startedAt}}
            {{#.user}}
            <div><dt>As the user</dt><dd>{{.}}</dd></div>
            {{/.user}}
            {{#.lastExit}}
            <div><dt>Last end</dt><dd>{{.}}</dd></div>
            {{/.lastExit}}
            </dl>
            <div class="actions">
            {{^isRunning}}
            <form method="post" action="/apps/{{id}}/start">{{>keys}}<button>Start</button></form>
            {{/isRunning}}
            {{#isRunning}}
            <form method="post" action="/apps/{{id}}/restart">{{>keys}}<button class="quiet">Restart</button></form>
            <form method="post" action="/apps/{{id}}/stop">{{>keys}}<button class="quiet">Stop</button></form>
            {{/isRunning}}
            </div>
            </section>
            <section class="card" aria-labelledby="installed">
            <h2 id="installed">Installed</h2>
            <dl>
            <div><dt>Version</dt><dd>{{version}}</dd></div>
            <div><dt>Signed by</dt><dd>{{#isUnsigned}}<span class="badge bad">Nobody</span>{{/isUnsigned}}\
            {{^isUnsigned}}{{signedBy}}{{/isUnsigned}}</dd></div>
            <div><dt>From</dt><dd>{{source}}</dd></div>
            {{#.installedAt}}
            <div><dt>At</dt><dd>{{>moment}}</dd></div>
            {{/.installedAt}}
            <div><dt>Digest</dt><dd><code>{{shortDigest}}…</code></dd></div>
            {{#.license}}
            <div><dt>License</dt><dd>{{.}}</dd></div>
            {{/.license}}
            </dl>
            {{#.homepage}}
            <p><a href="{{href}}" rel="noopener noreferrer">Its home page</a></p>
            {{/.homepage}}
            </section>
            <section class="card" aria-labelledby="policy">
            <h2 id="policy">Policy</h2>
            <form method="post" action="/apps/{{id}}/policy">
            {{>keys}}
            <p><label>What is done with updates by itself
            <select name="mode">
            {{#policy.modes}}
            <option value="{{value}}"{{#isChosen}} selected{{/isChosen}}>{{words}}</option>
            {{/policy.modes}}
            </select></label></p>
            <p><label>Channels <input name="channels" value="{{policy.channels}}" autocapitalize="none"></label></p>
            <p class="hint">In force: {{policy.channelsInForce}}. Empty: those of the host’s settings.</p>
            <p><label>Only looked at for <input name="cooldown" value="{{policy.cooldown}}"></label></p>
            <p class="hint">Such as 12h, 3d or 2w. In force: {{policy.cooldownInForce}}. Empty: the host’s \
            settings.</p>
            <p><button>Save the policy</button></p>
            </form>
            {{#policy.held}}
            <form method="post" action="/apps/{{id}}/unhold">{{>keys}}<p>{{policy.held}}.</p>
            <p><button class="quiet">End the hold</button></p></form>
            {{/policy.held}}
            {{^policy.held}}
            <form method="post" action="/apps/{{id}}/hold">
            {{>keys}}
            <p><label>Hold it as it is for
            <select name="for">
            <option value="">as long as nobody ends it</option>
            <option value="1d">a day</option>
            <option value="7d">a week</option>
            <option value="30d">30 days</option>
            </select></label></p>
            <p class="hint">Held, no policy takes anything for it. You still can.</p>
            <p><button class="quiet">Hold</button></p>
            </form>
            {{/policy.held}}
            </section>
            </div>
            {{#hasPermissions}}
            <h2>Permissions</h2>
            <div class="scroll" role="region" aria-label="Permissions" tabindex="0">
            <table>
            <caption>What it asks for, and what it was given</caption>
            <thead><tr><th scope="col">Permission</th><th scope="col">Given</th><th scope="col">Why</th></tr></thead>
            <tbody>
            {{#permissions}}
            <tr><th scope="row"><code>{{name}}</code></th><td><span class="badge {{state.tone}}">{{state.word}}</span>\
            {{#.since}} {{>moment}}{{/.since}}</td><td>{{#.rationale}}{{.}}{{/.rationale}}{{^.rationale}}\
            <span class="muted">Its publisher does not say</span>{{/.rationale}}</td></tr>
            {{/permissions}}
            </tbody>
            </table>
            </div>
            {{/hasPermissions}}
            {{#hasKnownBad}}
            <h2>Known bad</h2>
            <ul>
            {{#knownBad}}
            <li><b>{{version}}</b> <code>{{digest}}…</code>: {{reason}} {{#.at}}{{>moment}}{{/.at}}</li>
            {{/knownBad}}
            </ul>
            {{/hasKnownBad}}
            <h2>History</h2>
            {{>timeline}}
            <p><a href="/apps/{{id}}/history">All of its history</a></p>
            <h2>Remove</h2>
            <p>The next page says what is kept and what is lost.</p>
            <p><a class="button danger" href="/apps/{{id}}/uninstall">Uninstall …</a></p>

            """
        ),
        (
            "timeline",
            """
            <ol class="timeline">
            {{#history}}
            <li>
            <p><b>{{what}}</b>{{#.versions}} {{.}}{{/.versions}} <span class="badge {{outcome.tone}}">\
            {{outcome.word}}</span></p>
            <p class="muted">{{#.at}}{{>moment}}{{/.at}} by {{by}}</p>
            {{#.why}}
            <p>{{.}}</p>
            {{/.why}}
            {{#.code}}
            <p class="muted">Code: <code>{{.}}</code></p>
            {{/.code}}
            </li>
            {{/history}}
            </ol>

            """
        ),
        (
            "history",
            """
            <h1>History of {{id}}</h1>
            <p><a href="/apps/{{id}}">Back to {{id}}</a></p>
            {{#isEmpty}}
            <p class="lead">Nothing was done to it yet.</p>
            {{/isEmpty}}
            {{^isEmpty}}
            <p>The newest first.</p>
            {{>timeline}}
            {{/isEmpty}}

            """
        ),
        (
            "confirmation",
            """
            <h1>{{title}}</h1>
            {{#.refusal}}
            <div class="notice warn" role="note"><p>{{.}}</p></div>
            <p><a class="button" href="{{back}}">Back</a></p>
            {{/.refusal}}
            <div class="columns">
            <section class="card keeps" aria-labelledby="keeps">
            <h2 id="keeps">What is kept</h2>
            <ul>
            {{#keeps}}
            <li>{{.}}</li>
            {{/keeps}}
            </ul>
            </section>
            <section class="card loses" aria-labelledby="loses">
            <h2 id="loses">What is lost or changes</h2>
            <ul>
            {{#loses}}
            <li>{{.}}</li>
            {{/loses}}
            </ul>
            </section>
            </div>
            {{^.refusal}}
            <form method="post" action="{{action}}" class="card">
            {{>keys}}
            {{#isRollback}}
            <fieldset>
            <legend>Back to</legend>
            {{#versions}}
            <p class="check"><label><input type="radio" name="to" value="{{version}}"{{#isFirst}} checked{{/isFirst}} \
            required> {{version}}</label></p>
            {{/versions}}
            </fieldset>
            {{>restart}}
            {{/isRollback}}
            {{#isUninstall}}
            <p class="check"><label><input type="checkbox" name="purge" value="yes"> Delete its data too, for \
            good</label></p>
            {{/isUninstall}}
            <div class="actions">
            <button class="danger">{{button}}</button>
            <a class="button quiet" href="{{back}}">Leave it as it is</a>
            </div>
            </form>
            {{/.refusal}}

            """
        ),
    ]
}
