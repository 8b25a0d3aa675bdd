/// The likeness that ridge regression works with: a half of the cosine, so that everything seen counts, and a half of
/// its square, so that near examples count more than many far ones.
enum Kernel {
    @inline(__always)
    static func of(_ cosine: Float) -> Float {
        let near = max(cosine, 0)
        return 0.5 * cosine + 0.5 * near * near
    }
}
