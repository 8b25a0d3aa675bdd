/// Ridge regression in its dual form: for examples whose likeness is the matrix K and whose targets are Y it finds
/// α = (K + Λ)⁻¹ Y, and what every example would have scored had it been left out of the learning.
struct Ridge {
    /// By target, then by example.
    let weights: [Double]
    /// By target, then by example: the score without the example itself, y − α / (K + Λ)⁻¹ᵢᵢ.
    let leftOut: [Double]

    /// - Parameters:
    ///   - likeness: n rows of n, Λ already on the diagonal; only the lower half is read.
    ///   - targets: by target, then by example.
    init(likeness: [Double], count: Int, targets: [Double]) {
        let factor = Cholesky(likeness, count: count)
        let inverse = factor.inverse()
        let number = count == 0 ? 0 : targets.count / count
        var sides = targets
        var weights = [Double](repeating: 0, count: targets.count)
        var diagonal = [Double](repeating: 0, count: count)
        sides.withUnsafeMutableBufferPointer { sides in
            inverse.withUnsafeBufferPointer { inverse in
                guard let side = sides.baseAddress, let rows = inverse.baseAddress else { return }
                factor.forward(side, number) { _ in 0 }
                for example in 0..<count {
                    let row = rows + example * count + example
                    let length = count - example
                    diagonal[example] = RowProducts.dot(row, row, length)
                    for target in 0..<number {
                        let place = target * count + example
                        weights[place] = RowProducts.dot(row, side + place, length)
                    }
                }
            }
        }
        self.weights = weights
        leftOut = targets.indices.map { targets[$0] - weights[$0] / diagonal[$0 % max(count, 1)] }
    }
}
