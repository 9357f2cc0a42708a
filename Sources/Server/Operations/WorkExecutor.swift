import Dispatch

/// Threads for use cases, which block on disks and locks: what waits there keeps no request from its answer.
final class WorkExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "apphost.operations", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
