/// The factor L of a symmetric positive definite matrix A = L Lᵀ, its lower half by rows, in double precision.
///
/// Everything is a sum of products along two rows, in tiles of four rows by two, in blocks that stay in the cache. The
/// order of summing is fixed by sizes alone, so that results are the same on every machine of IEEE arithmetic.
struct Cholesky {
    let count: Int
    private var rows: [Double]

    /// Columns that are solved before their products are taken from those to the right.
    private static let block = 32
    /// Products along a row that are summed before the next rows' are: 32 rows of it are 64 KiB.
    private static let stripe = 256

    /// - Parameter matrix: by rows; only the lower half and the diagonal are read.
    init(_ matrix: [Double], count: Int) {
        self.count = count
        rows = matrix
        rows.withUnsafeMutableBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            for left in stride(from: 0, to: count, by: Self.block) {
                let right = min(left + Self.block, count)
                Self.subtract(base + left * count, count - left, base, count, left..<right, from: 0)
                Self.close(base, count, left..<right)
                Self.finish(base + right * count, count - right, base, count, left..<right)
            }
        }
    }

    /// Solves L x = b for rows of right sides in place; of row r, everything before column `from(r)` is zero.
    func forward(_ sides: UnsafeMutablePointer<Double>, _ number: Int, from start: (Int) -> Int) {
        rows.withUnsafeBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            for top in stride(from: 0, to: number, by: Self.block) {
                let height = min(Self.block, number - top)
                let first = start(top) / Self.block * Self.block
                for left in stride(from: first, to: count, by: Self.block) {
                    let columns = left..<min(left + Self.block, count)
                    Self.subtract(sides + top * count, height, base, count, columns, from: first)
                    Self.finish(sides + top * count, height, base, count, columns)
                }
            }
        }
    }

    /// The inverse of Lᵀ by rows: row j is L⁻¹ of the j-th unit vector, zero before j. A⁻¹ = N Nᵀ.
    func inverse() -> [Double] {
        var made = [Double](repeating: 0, count: count * count)
        for index in 0..<count { made[index * count + index] = 1 }
        made.withUnsafeMutableBufferPointer { made in
            if let base = made.baseAddress { forward(base, count) { $0 } }
        }
        return made
    }

    /// Factors a diagonal block.
    private static func close(_ base: UnsafeMutablePointer<Double>, _ count: Int, _ columns: Range<Int>) {
        for column in columns {
            let row = base + column * count
            var pivot = row[column]
            for index in columns.lowerBound..<column { pivot -= row[index] * row[index] }
            // A ridge keeps pivots well above zero; a matrix without one must not make an infinity of rounding.
            row[column] = max(pivot, 1e-9).squareRoot()
            for below in column + 1..<max(columns.upperBound, column + 1) {
                let other = base + below * count
                var value = other[column]
                for index in columns.lowerBound..<column { value -= other[index] * row[index] }
                other[column] = value / row[column]
            }
        }
    }

    /// Solves rows against a diagonal block.
    private static func finish(
        _ sides: UnsafeMutablePointer<Double>, _ number: Int, _ base: UnsafePointer<Double>, _ count: Int,
        _ columns: Range<Int>
    ) {
        for index in 0..<number {
            let side = sides + index * count
            for column in columns {
                let row = base + column * count
                var value = side[column]
                for inner in columns.lowerBound..<column { value -= side[inner] * row[inner] }
                side[column] = value / row[column]
            }
        }
    }

    /// Takes from every row its products with the rows of `columns`, over columns from `from` to where those begin.
    private static func subtract(
        _ sides: UnsafeMutablePointer<Double>, _ number: Int, _ base: UnsafePointer<Double>, _ count: Int,
        _ columns: Range<Int>, from start: Int
    ) {
        for low in stride(from: start, to: columns.lowerBound, by: stripe) {
            let high = min(low + stripe, columns.lowerBound)
            RowProducts.add(
                sides + low, number, base + columns.lowerBound * count + low, columns.count, stride: count,
                length: high - low, factor: -1, to: sides + columns.lowerBound)
        }
    }
}
