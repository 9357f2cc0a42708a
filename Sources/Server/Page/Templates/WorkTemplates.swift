/// Of what goes on: the scheduler, and operations.
extension PageTemplates {
    static let workTemplates: [(String, String)] = [
        (
            "scheduler",
            """
            <div class="head">
            <h1>Scheduler</h1>
            <p><span class="badge {{state.tone}}">{{state.word}}</span></p>
            <form method="post" action="/scheduler/run">{{>keys}}<button>Run what is due</button></form>
            </div>
            {{>notice}}
            {{^isEnabled}}
            <div class="notice warn" role="note"><p>Nothing is done by itself. <code>apphost settings \
            scheduler.enabled=true</code> on the host changes that.</p></div>
            {{/isEnabled}}
            {{#hasFailures}}
            <div class="notice bad" role="note">
            {{#failures}}
            <p>{{.}}</p>
            {{/failures}}
            </div>
            {{/hasFailures}}
            {{#isEmpty}}
            <p class="lead">There is nothing to look at yet: no catalog, and no app.</p>
            <p><a class="button" href="/catalogs">Add a catalog</a></p>
            {{/isEmpty}}
            {{^isEmpty}}
            <div class="scroll" role="region" aria-label="Schedule" tabindex="0">
            <table>
            <caption>When each catalog and app was looked at, and will be</caption>
            <thead><tr><th scope="col">What</th><th scope="col">Status</th><th scope="col">Last</th>\
            <th scope="col">How it went</th><th scope="col">Next</th></tr></thead>
            <tbody>
            {{#rows}}
            <tr><th scope="row">{{kind}} <a href="{{href}}">{{name}}</a></th><td><span class="badge {{status.tone}}">\
            {{status.word}}</span></td><td>{{#.lastCheck}}{{>moment}}{{/.lastCheck}}{{^.lastCheck}}never\
            {{/.lastCheck}}</td><td>{{result}}</td><td>{{#.nextCheck}}{{>moment}}{{/.nextCheck}}{{^.nextCheck}}–\
            {{/.nextCheck}}</td></tr>
            {{/rows}}
            </tbody>
            </table>
            </div>
            {{/isEmpty}}

            """
        ),
        (
            "operations",
            """
            <h1>Operations</h1>
            {{#isEmpty}}
            <p class="lead">Nothing was done since the server was started. What was done before stands in the history \
            of each app.</p>
            {{/isEmpty}}
            {{^isEmpty}}
            <div class="scroll" role="region" aria-label="Operations" tabindex="0">
            <table>
            <caption>Those under way, and the last that are over</caption>
            <thead><tr><th scope="col">What</th><th scope="col">State</th><th scope="col">Begun</th></tr></thead>
            <tbody>
            {{#rows}}
            <tr><th scope="row"><a href="/operations/{{id}}">{{title}}</a></th><td><span class="badge {{state.tone}}">\
            {{state.word}}</span></td><td>{{#.startedAt}}{{>moment}}{{/.startedAt}}</td></tr>
            {{/rows}}
            </tbody>
            </table>
            </div>
            {{/isEmpty}}

            """
        ),
        (
            "operation",
            """
            <h1>{{title}}</h1>
            <p role="status" id="state"><span class="badge {{state.tone}}">{{state.word}}</span></p>
            {{^isOver}}
            <div class="card" id="progress" data-operation="{{id}}">
            {{#.progress}}
            <p id="words">{{step}}: {{words}}</p>
            <p><progress id="bar" aria-label="How far it is"{{#.percent}} value="{{.}}" max="100"{{/.percent}}>\
            </progress></p>
            {{/.progress}}
            {{^.progress}}
            <p id="words">It has begun.</p>
            <p><progress id="bar" aria-label="How far it is"></progress></p>
            {{/.progress}}
            <p class="hint">You may leave this page: it goes on, and <a href="/operations">the list</a> leads back.</p>
            <div class="actions">
            <a class="button quiet" href="/operations/{{id}}">Look again</a>
            <form method="post" action="/operations/{{id}}/cancel">{{>keys}}<button class="quiet">Stop it</button>\
            </form>
            </div>
            <p class="hint">Stopped before the swap, nothing is changed. A swap that has begun is finished.</p>
            </div>
            {{/isOver}}
            {{#trouble}}
            <section class="card" aria-labelledby="trouble">
            <h2 id="trouble">{{title}}</h2>
            {{>trouble-body}}
            </section>
            {{/trouble}}
            {{#sentences}}
            <p class="lead">{{.}}</p>
            {{/sentences}}
            {{>warnings}}
            {{#.startedAt}}
            <p class="muted">Begun {{>moment}}</p>
            {{/.startedAt}}
            {{#.endedAt}}
            <p class="muted">Over {{>moment}}</p>
            {{/.endedAt}}
            {{#isOver}}
            <p><a class="button" href="{{next.href}}">{{next.text}}</a></p>
            {{/isOver}}

            """
        ),
    ]
}
