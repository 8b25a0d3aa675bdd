@testable import Semantics
import Testing

/// Whether encoders can compute here: without the library, the tests that need it are shown as skipped.
enum Nearness {
    static let hasLibrary = (try? OpenBLAS.loaded()) != nil
    static let missing: Comment = "OpenBLAS is not installed: apt install libopenblas0"

    static func cosine(_ one: [Float], _ other: [Float]) -> Float {
        func product(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        return product(one, other) / (product(one, one) * product(other, other)).squareRoot()
    }

    /// The largest difference of two vectors, place by place.
    static func distance(_ one: [Float], _ other: [Float]) -> Float {
        guard one.count == other.count else { return .infinity }
        return zip(one, other).map { abs($0 - $1) }.max() ?? 0
    }
}
