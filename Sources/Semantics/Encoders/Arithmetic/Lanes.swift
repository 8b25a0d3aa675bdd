/// Eight floats at once, and a row of any length in such steps. No fused multiply-add: it would be a function call on
/// processors that the program is built for.
typealias Lanes = SIMD8<Float>

extension UnsafeMutablePointer<Float> {
    @inline(__always)
    func lanes(at index: Int) -> Lanes {
        UnsafeRawPointer(self + index).loadUnaligned(as: Lanes.self)
    }

    @inline(__always)
    func store(_ lanes: Lanes, at index: Int) {
        UnsafeMutableRawPointer(self + index).storeBytes(of: lanes, as: Lanes.self)
    }

    /// The last `count` floats of a row, fewer than eight; `filler` in the other lanes.
    @inline(__always)
    func partialLanes(at index: Int, count: Int, filler: Float) -> Lanes {
        var lanes = Lanes(repeating: filler)
        for lane in 0..<count { lanes[lane] = self[index + lane] }
        return lanes
    }

    @inline(__always)
    func store(_ lanes: Lanes, at index: Int, count: Int) {
        for lane in 0..<count { self[index + lane] = lanes[lane] }
    }
}
