import Foundation
import Testing

@testable import Semantics

@Suite("Arithmetic of rows")
struct RowMathTests {
    @Test("GELU is the exact one to a millionth, at every length of rows")
    func gelu() {
        for count in 1...20 {
            let row = FloatBlock(count: count)
            let bias = FloatBlock(count: count)
            var random = RandomNumbers(seed: UInt64(count))
            for index in 0..<count {
                row.numbers[index] = random.weight() * 12
                bias.numbers[index] = random.weight()
            }
            let expected = (0..<count).map { index -> Double in
                let x = Double(row.numbers[index] + bias.numbers[index])
                return 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
            }
            RowMath.gelu(row.numbers, bias: bias.numbers, count: count)
            for index in 0..<count { #expect(abs(Double(row.numbers[index]) - expected[index]) < 5e-6) }
        }
    }

    @Test("the error function is right to 5e-7")
    func errorFunction() {
        for step in stride(from: Float(-6), through: 6, by: 0.003) {
            #expect(abs(Double(RowMath.errorFunction(Lanes(repeating: step))[0]) - erf(Double(step))) < 5e-7)
        }
    }

    @Test("the exponential is right to 3e-7 of its value, and never infinite below 88")
    func exponential() {
        for step in stride(from: Float(-86), through: 88, by: 0.01) {
            let value = Double(RowMath.exponential(Lanes(repeating: step))[0])
            #expect(abs(value / exp(Double(step)) - 1) < 3e-7)
        }
        #expect(RowMath.exponential(Lanes(repeating: -.infinity))[0] < 1e-37)
    }

    @Test("softmax gives shares of one", arguments: 1...20)
    func softmax(count: Int) {
        let row = FloatBlock(count: count)
        var random = RandomNumbers(seed: UInt64(count))
        for index in 0..<count { row.numbers[index] = random.weight() * 30 - 50 }
        let values = (0..<count).map { exp(Double(row.numbers[$0])) }
        RowMath.softmax(row.numbers, count: count)
        for index in 0..<count {
            #expect(abs(Double(row.numbers[index]) - values[index] / values.reduce(0, +)) < 1e-6)
        }
    }

    @Test("normalised rows have mean 0 and variance 1", arguments: 2...20)
    func normalise(count: Int) {
        let (row, weight, bias) = (FloatBlock(count: count), FloatBlock(count: count), FloatBlock(count: count))
        for index in 0..<count {
            row.numbers[index] = Float(index * index) + 100
            weight.numbers[index] = 2
            bias.numbers[index] = 3
        }
        RowMath.normalise(row.numbers, weight: weight.numbers, bias: bias.numbers, count: count, epsilon: 1e-12)
        let numbers = (0..<count).map { (Double(row.numbers[$0]) - 3) / 2 }
        #expect(abs(numbers.reduce(0, +) / Double(count)) < 1e-5)
        #expect(abs(numbers.reduce(0) { $0 + $1 * $1 } / Double(count) - 1) < 1e-5)
    }
}
