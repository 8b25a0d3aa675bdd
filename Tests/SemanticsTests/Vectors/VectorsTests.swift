import CVectors
import Testing

@testable import Semantics

/// Serial: the width of registers is the process's. Other tests may run beside it, since results are the same.
@Suite("Sums are the same in registers of every width", .serialized)
struct VectorsTests {
    /// What `made` gives with each width that this machine has.
    static func widths<Result>(_ made: () -> Result) -> [Result] {
        defer { clawproxy_vectors_limit(2) }
        return (0...2).map { width in
            clawproxy_vectors_limit(Int32(width))
            return made()
        }
    }

    static func bytes(_ count: Int, seed: UInt64) -> [Int8] {
        var numbers = SplitMix64(seed: seed)
        return (0..<count).map { _ in Int8(truncatingIfNeeded: numbers.next()) }
    }

    static func floats(_ count: Int, seed: UInt64) -> [Float] {
        var numbers = SplitMix64(seed: seed)
        return (0..<count).map { _ in Float(Int32(truncatingIfNeeded: numbers.next())) / 1e9 }
    }

    static func products(_ rows: [some BinaryInteger], _ query: [some BinaryInteger], _ dimensions: Int) -> [Int32] {
        var sums = [Int32](repeating: 0, count: rows.count / dimensions)
        for index in rows.indices { sums[index / dimensions] += Int32(rows[index]) * Int32(query[index % dimensions]) }
        return sums
    }

    @Test("Products of 8-bit numbers are exact, the least number among them", arguments: [32, 64, 96, 192, 256])
    func products8(dimensions: Int) {
        var rows = Self.bytes(7 * dimensions, seed: 1)
        var query = Self.bytes(dimensions, seed: 2)
        for index in 0..<dimensions where index % 3 == 0 { (rows[index], query[index]) = (-128, -128) }
        let expected = Self.products(rows, query, dimensions)
        let made = Self.widths {
            var out = [Int32](repeating: 0, count: 7)
            clawproxy_dots_i8(rows, 7, dimensions, query, &out)
            return out
        }
        #expect(made.allSatisfy { $0 == expected })
    }

    @Test("Products of 16-bit numbers are exact", arguments: [32, 96, 256])
    func products16(dimensions: Int) {
        let rows = Self.bytes(6 * dimensions, seed: 3).map { Int16($0) * 19 }
        let query = Self.bytes(dimensions, seed: 4).map { Int16($0) * 31 }
        let expected = Self.products(rows, query, dimensions)
        let made = Self.widths {
            var out = [Int32](repeating: 0, count: 6)
            clawproxy_dots_i16(rows, 6, dimensions, query, &out)
            return out
        }
        #expect(made.allSatisfy { $0 == expected })
    }

    @Test("Rows are added in their order, number by number", arguments: [16, 32, 48, 112, 160])
    func mixing(width: Int) {
        let rows = Self.bytes(37 * width, seed: 5).map { Int16($0) * 200 }
        let factors = Self.floats(37, seed: 6)
        var expected = [Float](repeating: 0, count: width)
        for place in rows.indices { expected[place % width] += Float(rows[place]) * factors[place / width] }
        let made = Self.widths {
            var sums = [Float](repeating: 1, count: width)
            clawproxy_mix_i16(rows, 37, width, factors, &sums)
            return sums
        }
        #expect(made.allSatisfy { $0 == expected })
    }

    @Test("A row of 8-bit numbers is added number by number")
    func adding() {
        let row = Self.bytes(48, seed: 7)
        let before = Self.floats(48, seed: 8)
        let expected = zip(before, row).map { $0 + Float($1) * 0.37 }
        let made = Self.widths {
            var sums = before
            clawproxy_add_i8(row, 0.37, 48, &sums)
            return sums
        }
        #expect(made.allSatisfy { $0 == expected })
    }

    @Test("Products of rows are the same to the last bit, and right", arguments: [(1, 1, 5), (4, 4, 16), (7, 6, 43)])
    func matrices(lefts: Int, rights: Int, length: Int) {
        let left = Self.floats(lefts * 50, seed: 9).map(Double.init)
        let right = Self.floats(rights * 60, seed: 10).map(Double.init)
        let made = Self.widths {
            var target = [Double](repeating: 0.5, count: lefts * 8)
            clawproxy_products_f64(left, lefts, 50, right, rights, 60, length, -1, &target, 8)
            return target
        }
        #expect(made.allSatisfy { $0 == made[0] })
        for row in 0..<lefts {
            for column in 0..<rights {
                let product = (0..<length).reduce(0.0) { $0 + left[row * 50 + $1] * right[column * 60 + $1] }
                #expect(abs(made[0][row * 8 + column] - (0.5 - product)) < 1e-12)
            }
        }
    }

    @Test("A judge learns and says the same, to the last bit")
    func judges() {
        let categories = CategoryPlan(named: ["code", "weather"]).categories.map {
            CategoryExamples(name: $0.name, examples: Array($0.examples.prefix(6)))
        }
        let made = Self.widths {
            let judge = Judge(categories)
            return FeatureGolden.rows.map { row in
                let scratch = JudgeScratch()
                _ = Array(row.text.utf8).withUnsafeBytes { judge.judge($0, scratch) }
                return scratch.probabilities
            }
        }
        #expect(made.allSatisfy { $0 == made[0] })
    }
}
