import Archives

/// What a confined process said, as bytes: some at each reading, and then nothing more.
package final class MemoryFrames: FrameSource {
    private var rest: ArraySlice<UInt8>
    private let step: Int

    /// - Parameter step: most bytes that one reading yields.
    package init(_ bytes: [UInt8], step: Int = .max) {
        rest = bytes[...]
        self.step = step
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = rest.prefix(min(step, buffer.count))
        buffer.copyBytes(from: part)
        rest = rest.dropFirst(part.count)
        return part.count
    }

    package func ending() -> String { "said no more" }
}
