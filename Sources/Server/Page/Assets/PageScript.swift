/// What makes waiting nicer. Without it the browser looks again every two seconds by itself.
enum PageScript {
    /// Follows one operation, and shows its page again once it is over.
    static let progress = """
        "use strict";
        (async () => {
            const card = document.getElementById("progress");
            if (!card) return;
            const words = document.getElementById("words");
            const bar = document.getElementById("bar");
            const steps = {
                downloading: "Downloading", verifying: "Verifying", unpacking: "Unpacking",
                flushing: "Writing to the disk",
            };
            const size = (bytes) => {
                const units = ["bytes", "kB", "MB", "GB", "TB"];
                let unit = 0;
                while (bytes >= 1000 && unit < 4) { bytes /= 1000; unit += 1; }
                return (unit ? bytes.toFixed(1) : bytes) + " " + units[unit];
            };
            const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
            for (;;) {
                await pause(700);
                try {
                    const answer = await fetch("/api/v1/operations/" + card.dataset.operation);
                    // The page itself says what is the matter.
                    if (answer.status === 401 || answer.status === 404) return location.reload();
                    if (answer.ok) {
                        const operation = (await answer.json()).operation;
                        if (operation.state === "done" || operation.state === "failed") return location.reload();
                        const now = operation.progress;
                        if (now) {
                            const total = now.total === null ? "" : " of " + size(now.total);
                            words.textContent = (steps[now.step] || "Working") + ": " + size(now.done) + total;
                            if (now.total) { bar.max = now.total; bar.value = now.done; }
                        }
                    }
                } catch {
                    words.textContent = "The server does not answer. This page tries again.";
                }
            }
        })();

        """
}
