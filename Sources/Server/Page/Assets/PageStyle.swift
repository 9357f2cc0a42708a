/// How pages look: light and dark, narrow and wide. Fonts are those of the system, and nothing is fetched.
enum PageStyle {
    static let text = """
        :root {
            color-scheme: light dark;
            --page: #f6f7f9; --card: #ffffff; --ink: #1a1d21; --muted: #565d66; --line: #c9ced6;
            --link: #0b57a4; --accent: #0b57a4; --on-accent: #ffffff;
            --good: #14622f; --good-back: #ddf3e3; --warn: #734700; --warn-back: #fdedc8;
            --bad: #9b1c1c; --bad-back: #fde2e1; --plain: #454b53; --plain-back: #e6e9ee;
        }
        @media (prefers-color-scheme: dark) {
            :root {
                --page: #14171b; --card: #1d2126; --ink: #e8eaed; --muted: #a7aeb8; --line: #3d444d;
                --link: #8ec2ff; --accent: #8ec2ff; --on-accent: #0d1b2a;
                --good: #9be2b2; --good-back: #163a24; --warn: #ffd480; --warn-back: #43310a;
                --bad: #ffb3ae; --bad-back: #4f1b1b; --plain: #ced4dc; --plain-back: #30363e;
            }
        }
        * { box-sizing: border-box; }
        html { font: 100%/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
        body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere; }
        main, .top, footer { max-width: 64rem; margin: 0 auto; padding: 0 1rem; }
        main { padding-bottom: 2rem; }
        main:focus { outline: none; }
        a { color: var(--link); text-underline-offset: 0.15em; }
        h1 { font-size: 1.75rem; line-height: 1.2; margin: 1.5rem 0 0.75rem; }
        h2 { font-size: 1.25rem; line-height: 1.3; margin: 2rem 0 0.75rem; }
        h3 { font-size: 1.05rem; margin: 1.25rem 0 0.5rem; }
        p { margin: 0.5rem 0; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
        .skip { position: absolute; left: -100rem; }
        .skip:focus { left: 1rem; top: 0.5rem; padding: 0.5rem 1rem; background: var(--card); z-index: 1; }
        .unseen {
            position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
        }

        .top {
            display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1.5rem; padding-top: 0.75rem;
            padding-bottom: 0.75rem; border-bottom: 1px solid var(--line);
        }
        .brand { font-weight: 700; font-size: 1.1rem; margin: 0; }
        .brand a { color: inherit; text-decoration: none; }
        .top ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; list-style: none; margin: 0; padding: 0; }
        .top li a { display: inline-block; padding: 0.4rem 0; }
        .top [aria-current] { font-weight: 700; color: inherit; text-decoration-thickness: 3px; }
        .out { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem; margin-left: auto; }
        .out p { margin: 0; color: var(--muted); font-size: 0.9rem; }
        footer { color: var(--muted); font-size: 0.9rem; border-top: 1px solid var(--line); }

        .head { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1rem; margin: 1.5rem 0 0.75rem; }
        .head h1 { margin: 0; }
        .head form { margin-left: auto; }
        .lead { font-size: 1.1rem; }
        .versions { font-size: 1.4rem; font-weight: 600; }
        .muted, .hint { color: var(--muted); }
        .hint { font-size: 0.9rem; margin-top: 0.1rem; }
        .prose { white-space: pre-line; max-width: 45rem; }
        .digest { overflow-wrap: anywhere; font-size: 0.85rem; }
        code, pre { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: 0.9rem; }
        pre { margin: 0.5rem 0; padding: 0.75rem; background: var(--plain-back); white-space: pre-wrap; }

        .card {
            background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem;
            margin: 1rem 0;
        }
        .card > h2:first-child, .card > h3:first-child { margin-top: 0; }
        .narrow { max-width: 34rem; }
        .cards { list-style: none; padding: 0; margin: 0; }
        .cards, .columns {
            display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
            align-items: start;
        }
        .cards > li, .columns > section { margin: 0; }
        .columns { grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); margin: 1rem 0; }
        .loses { border-left: 6px solid var(--bad); }
        .keeps { border-left: 6px solid var(--good); }

        dl { margin: 0.5rem 0; }
        dl div { display: flex; flex-wrap: wrap; gap: 0 0.75rem; padding: 0.2rem 0; }
        dt { color: var(--muted); min-width: 7rem; }
        dd { margin: 0; flex: 1 1 9rem; min-width: 0; }

        .badge {
            display: inline-block; padding: 0 0.55rem; border-radius: 1rem; border: 1px solid currentColor;
            font-size: 0.85rem; font-weight: 600; color: var(--plain); background: var(--plain-back);
        }
        .badge.good { color: var(--good); background: var(--good-back); }
        .badge.warn { color: var(--warn); background: var(--warn-back); }
        .badge.bad { color: var(--bad); background: var(--bad-back); }

        .notice { border: 1px solid; border-left-width: 6px; border-radius: 6px; padding: 0.5rem 1rem; margin: 1rem 0; }
        .notice.good { color: var(--good); background: var(--good-back); }
        .notice.warn { color: var(--warn); background: var(--warn-back); }
        .notice.bad { color: var(--bad); background: var(--bad-back); }
        .notice a { color: inherit; }
        .notice h2 { margin-top: 0.25rem; }

        .scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
        table { border-collapse: collapse; width: 100%; }
        caption { text-align: left; color: var(--muted); padding: 0.6rem 0.75rem; }
        th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem; border-top: 1px solid var(--line); }
        th, td { overflow-wrap: break-word; }
        tbody th { font-weight: 600; min-width: 7rem; }
        td { min-width: 8rem; }

        .timeline { list-style: none; margin: 0.5rem 0 0.5rem 0.4rem; padding: 0; border-left: 3px solid var(--line); }
        .timeline li { position: relative; padding: 0.1rem 0 0.9rem 1.25rem; }
        .timeline li::before {
            content: ""; position: absolute; left: -0.5rem; top: 0.65rem; width: 0.8rem; height: 0.8rem;
            border-radius: 50%; background: var(--page); border: 3px solid var(--accent);
        }
        .timeline p { margin: 0.1rem 0; }

        label { display: block; font-weight: 600; }
        .check label { font-weight: 400; padding-left: 1.75rem; text-indent: -1.75rem; }
        .check input { text-indent: 0; }
        .check b { font-weight: 600; }
        input, select {
            display: block; width: 100%; max-width: 30rem; margin-top: 0.2rem; padding: 0.5rem 0.6rem; font: inherit;
            color: inherit; background: var(--page); border: 1px solid var(--muted); border-radius: 6px;
        }
        input[type=checkbox], input[type=radio] {
            display: inline-block; width: 1.2rem; height: 1.2rem; margin: 0 0.5rem 0 0; vertical-align: -0.2rem;
            accent-color: var(--accent);
        }
        fieldset {
            border: 1px solid var(--line); border-radius: 6px; margin: 1rem 0; padding: 0.5rem 1rem; min-width: 0;
        }
        legend { font-weight: 600; padding: 0 0.4rem; }
        summary { cursor: pointer; padding: 0.4rem 0; color: var(--link); }
        button, .button {
            display: inline-block; font: inherit; font-weight: 600; padding: 0.5rem 1rem; border-radius: 6px;
            border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); cursor: pointer;
            text-decoration: none; min-height: 2.75rem;
        }
        .quiet { background: transparent; color: var(--link); }
        .danger { background: var(--bad-back); color: var(--bad); border-color: var(--bad); }
        button:hover, .button:hover { text-decoration: underline; }
        .actions { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; margin-top: 0.75rem; }
        progress { width: 100%; height: 1.25rem; accent-color: var(--accent); }

        @media (max-width: 40rem) {
            .top ul { gap: 0 0.9rem; }
            .out { margin-left: 0; width: 100%; justify-content: space-between; }
            .head form { margin-left: 0; }
            .card { padding: 0.9rem 1rem; }
            .actions > *, .actions button { width: 100%; text-align: center; }
        }
        @media print { .top form, .skip, button, .button { display: none; } }

        """
}
