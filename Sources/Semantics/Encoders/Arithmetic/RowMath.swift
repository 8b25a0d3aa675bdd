/// What every layer does to rows of floats.
enum RowMath {
    /// Each number by itself, with the one of `other` that stands at the same place.
    @inline(__always)
    static func update(
        _ row: UnsafeMutablePointer<Float>, _ other: UnsafeMutablePointer<Float>, count: Int,
        _ body: (Lanes, Lanes) -> Lanes
    ) {
        var index = 0
        while index + 8 <= count {
            row.store(body(row.lanes(at: index), other.lanes(at: index)), at: index)
            index += 8
        }
        let rest = count - index
        guard rest > 0 else { return }
        let lanes = row.partialLanes(at: index, count: rest, filler: 0)
        row.store(body(lanes, other.partialLanes(at: index, count: rest, filler: 0)), at: index, count: rest)
    }

    /// `row += other`
    static func add(_ other: UnsafeMutablePointer<Float>, to row: UnsafeMutablePointer<Float>, count: Int) {
        update(row, other, count: count) { $0 + $1 }
    }

    /// The sum of what the body makes of each number; lanes that the row does not fill count nothing.
    @inline(__always)
    static func sum(_ row: UnsafeMutablePointer<Float>, count: Int, _ body: (Lanes) -> Lanes) -> Float {
        var sums = Lanes.zero
        var index = 0
        while index + 8 <= count {
            sums += body(row.lanes(at: index))
            index += 8
        }
        let rest = count - index
        if rest > 0 {
            var last = body(row.partialLanes(at: index, count: rest, filler: 0))
            for lane in rest..<8 { last[lane] = 0 }
            sums += last
        }
        return sums.sum()
    }

    /// Mean 0 and variance 1, then times `weight` plus `bias`.
    static func normalise(
        _ row: UnsafeMutablePointer<Float>, weight: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>,
        count: Int, epsilon: Float
    ) {
        let mean = sum(row, count: count) { $0 } / Float(count)
        let variance = sum(row, count: count) { ($0 - mean) * ($0 - mean) } / Float(count)
        let scale = 1 / (variance + epsilon).squareRoot()
        update(row, weight, count: count) { ($0 - mean) * scale * $1 }
        add(bias, to: row, count: count)
    }

    /// `exp(x - max) / sum`: shares of one.
    static func softmax(_ row: UnsafeMutablePointer<Float>, count: Int) {
        var most = Lanes(repeating: -.infinity)
        var index = 0
        while index + 8 <= count {
            let lanes = row.lanes(at: index)
            most.replace(with: lanes, where: lanes .> most)
            index += 8
        }
        var top = most.max()
        while index < count {
            top = Swift.max(top, row[index])
            index += 1
        }
        update(row, row, count: count) { lanes, _ in exponential(lanes - top) }
        let share = 1 / sum(row, count: count) { $0 }
        update(row, row, count: count) { lanes, _ in lanes * share }
    }

    /// `x / 2 * (1 + erf(x / sqrt 2))` of `row + bias`.
    static func gelu(_ row: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>, count: Int) {
        update(row, bias, count: count) { lanes, bias in
            let x = lanes + bias
            return 0.5 * x * (1 + errorFunction(x * 0.707_106_78))
        }
    }

    /// e^x for x from -87 to 88 (less is as -87), to 3e-7 of the value: 2^n by the exponent's bits, times a polynomial
    /// for what is left, at most ln 2 / 2.
    @inline(__always)
    static func exponential(_ x: Lanes) -> Lanes {
        let bounded = x.replacing(with: -87, where: x .< -87)
        // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits.
        let shifted = bounded * 1.442_695_04 + 12_582_912
        let whole = shifted - 12_582_912
        let rest = (bounded - whole * 0.693_359_375) + whole * 2.121_944_4e-4
        var sum = rest * (1 / 720) + 1 / 120
        sum = sum * rest + 1 / 24
        sum = sum * rest + 1 / 6
        sum = sum * rest + 0.5
        sum = sum * rest + 1
        sum = sum * rest + 1
        let exponent = unsafeBitCast(shifted, to: SIMD8<Int32>.self) &- 0x4B40_0000 &+ 127
        return sum * unsafeBitCast(exponent &<< 23, to: Lanes.self)
    }

    /// The error function, to 5e-7: a quotient of polynomials in x^2, fitted to erf on -4...4 by reweighted least
    /// squares; beyond, it is one.
    @inline(__always)
    static func errorFunction(_ x: Lanes) -> Lanes {
        let bounded = x.replacing(with: -4, where: x .< -4).replacing(with: 4, where: x .> 4)
        let u = bounded * bounded
        var over = u * 1.974_802_2e-6 + 2.880_400_9e-4
        over = over * u + 4.003_669_1e-3
        over = over * u + 5.346_755_7e-2
        over = over * u + 0.196_249_8
        over = over * u + 1.128_379
        var under = u * 3.748_049_5e-5 + 1.216_361_8e-3
        under = under * u + 1.544_447_5e-2
        under = under * u + 0.116_476_74
        under = under * u + 0.507_253
        under = under * u + 1
        return bounded * over / under
    }
}
