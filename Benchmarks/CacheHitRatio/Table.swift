import Foundation

/// The rows of the table in `docs/caching-hit-ratio.md`.
enum Table {
    static let head = """
        | trace | places, of the objects | S3-FIFO | LRU | misses against LRU |
        | --- | --- | --- | --- | --- |
        """

    static func row(_ kind: Trace.Kind, _ part: Double, s3Fifo: Replay.Outturn, lru: Replay.Outturn) -> String {
        let misses = (1 - s3Fifo.ratio) / max(1e-9, 1 - lru.ratio) - 1
        let cells = [
            kind.rawValue, percent(part, "%.0f %%"), percent(s3Fifo.ratio), percent(lru.ratio),
            percent(misses, "%+.1f %%"),
        ]
        return "| \(cells.joined(separator: " | ")) |"
    }

    private static func percent(_ part: Double, _ format: String = "%.2f %%") -> String {
        String(format: format, part * 100)
    }
}
