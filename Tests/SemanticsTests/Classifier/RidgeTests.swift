import Testing

@testable import Semantics

@Suite("Ridge regression is exact")
struct RidgeTests {
    /// A symmetric matrix of `count` rows with `ridge` added to its diagonal, and two targets.
    static func problem(_ count: Int, ridge: Double) -> (matrix: [Double], targets: [Double]) {
        var numbers = SplitMix64(seed: 42)
        func number() -> Double { Double(numbers.next() >> 11) / Double(1 << 53) - 0.5 }
        let features = (0..<count).map { _ in (0..<20).map { _ in number() } }
        var matrix = [Double](repeating: 0, count: count * count)
        for row in 0..<count {
            for column in 0..<count {
                matrix[row * count + column] = zip(features[row], features[column]).reduce(0) { $0 + $1.0 * $1.1 }
            }
            matrix[row * count + row] += ridge
        }
        return (matrix, (0..<2 * count).map { _ in number() })
    }

    static func product(_ matrix: [Double], _ weights: ArraySlice<Double>, _ count: Int, row: Int) -> Double {
        zip(matrix[row * count..<row * count + count], weights).reduce(0) { $0 + $1.0 * $1.1 }
    }

    // Sizes below, at and past the blocks (32), the stripes (256) and the tiles (4 by 2).
    @Test("The weights solve the equation", arguments: [1, 2, 3, 5, 31, 32, 33, 67, 255, 290])
    func solves(count: Int) {
        let (matrix, targets) = Self.problem(count, ridge: 0.3)
        let ridge = Ridge(likeness: matrix, count: count, targets: targets)
        for target in 0..<2 {
            let weights = ridge.weights[target * count..<(target + 1) * count]
            for row in 0..<count {
                #expect(abs(Self.product(matrix, weights, count, row: row) - targets[target * count + row]) < 1e-9)
            }
        }
    }

    @Test("What is said of an example left out is what learning without it says", arguments: [0, 7, 39])
    func leftOut(example: Int) {
        let count = 40
        let (matrix, targets) = Self.problem(count, ridge: 0.3)
        let all = Ridge(likeness: matrix, count: count, targets: targets)
        let rest = (0..<count).filter { $0 != example }
        let smaller = rest.flatMap { row in rest.map { matrix[row * count + $0] } }
        let fewer = rest.map { targets[$0] }
        let ridge = Ridge(likeness: smaller, count: count - 1, targets: fewer)
        let score = zip(rest, ridge.weights).reduce(0) { $0 + matrix[example * count + $1.0] * $1.1 }
        #expect(abs(score - all.leftOut[example]) < 1e-9)
    }

    @Test("Nothing to learn from is no fault")
    func empty() {
        let ridge = Ridge(likeness: [], count: 0, targets: [])
        #expect(ridge.weights.isEmpty && ridge.leftOut.isEmpty)
    }
}
