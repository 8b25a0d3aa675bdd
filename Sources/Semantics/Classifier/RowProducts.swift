/// Sums of products along rows of two matrices, added to a third: the one inner loop of the learning.
enum RowProducts {
    /// target[i][j] += factor * sum over k of left[i][k] * right[j][k]; all have the same stride.
    static func add(
        _ left: UnsafePointer<Double>, _ lefts: Int, _ right: UnsafePointer<Double>, _ rights: Int, stride: Int,
        length: Int, factor: Double, to target: UnsafeMutablePointer<Double>
    ) {
        add(left, lefts, stride, right, rights, stride, length: length, factor: factor, to: target, stride)
    }

    /// The same with strides of their own.
    static func add(
        _ left: UnsafePointer<Double>, _ lefts: Int, _ leftStride: Int, _ right: UnsafePointer<Double>, _ rights: Int,
        _ rightStride: Int, length: Int, factor: Double, to target: UnsafeMutablePointer<Double>, _ targetStride: Int
    ) {
        for row in Swift.stride(from: 0, to: lefts & ~3, by: 4) {
            for column in Swift.stride(from: 0, to: rights & ~1, by: 2) {
                tile(
                    left + row * leftStride, leftStride, right + column * rightStride, rightStride, length, factor,
                    target + row * targetStride + column, targetStride)
            }
        }
        for row in 0..<lefts {
            let isTiled = row < lefts & ~3
            for column in (isTiled ? rights & ~1 : 0)..<rights {
                target[row * targetStride + column] +=
                    factor * dot(left + row * leftStride, right + column * rightStride, length)
            }
        }
    }

    static func dot(_ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ length: Int) -> Double {
        var sum = SIMD2<Double>.zero
        for index in Swift.stride(from: 0, to: length & ~1, by: 2) { sum += pair(left + index) * pair(right + index) }
        var total = sum.x + sum.y
        if length & 1 != 0 { total += left[length - 1] * right[length - 1] }
        return total
    }

    @inline(__always)
    private static func pair(_ place: UnsafePointer<Double>) -> SIMD2<Double> {
        UnsafeRawPointer(place).loadUnaligned(as: SIMD2<Double>.self)
    }

    /// Four rows by two.
    @inline(__always)
    private static func tile(
        _ left: UnsafePointer<Double>, _ leftStride: Int, _ right: UnsafePointer<Double>, _ rightStride: Int,
        _ length: Int, _ factor: Double, _ target: UnsafeMutablePointer<Double>, _ targetStride: Int
    ) {
        let (l1, l2, l3, r1) = (left + leftStride, left + 2 * leftStride, left + 3 * leftStride, right + rightStride)
        var (s00, s01, s10, s11) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (s20, s21, s30, s31) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
        for index in Swift.stride(from: 0, to: length & ~1, by: 2) {
            let (a, b) = (pair(right + index), pair(r1 + index))
            let (w, x, y, z) = (pair(left + index), pair(l1 + index), pair(l2 + index), pair(l3 + index))
            s00 += w * a
            s01 += w * b
            s10 += x * a
            s11 += x * b
            s20 += y * a
            s21 += y * b
            s30 += z * a
            s31 += z * b
        }
        let last = length & 1 != 0 ? length - 1 : -1
        @inline(__always)
        func put(_ row: Int, _ column: Int, _ sum: SIMD2<Double>) {
            var total = sum.x + sum.y
            if last >= 0 { total += left[row * leftStride + last] * right[column * rightStride + last] }
            target[row * targetStride + column] += factor * total
        }
        put(0, 0, s00)
        put(0, 1, s01)
        put(1, 0, s10)
        put(1, 1, s11)
        put(2, 0, s20)
        put(2, 1, s21)
        put(3, 0, s30)
        put(3, 1, s31)
    }
}
