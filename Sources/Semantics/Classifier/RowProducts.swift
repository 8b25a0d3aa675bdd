internal import CVectors

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
        clawproxy_products_f64(
            left, lefts, leftStride, right, rights, rightStride, length, factor, target, targetStride)
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
}
