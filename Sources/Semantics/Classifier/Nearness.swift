/// Mean of the largest cosines of a text to examples: small if it is like none of them.
enum Nearness {
    private static let most = 3

    /// - Parameters:
    ///   - count: how many of `cosines`, from the first on, are of examples.
    ///   - without: an example that is not looked at, the text itself; -1 for none.
    static func of(_ cosines: [Float], _ count: Int, without: Int = -1) -> Float {
        let number = min(most, count - 1)
        guard number > 0 else { return 0 }
        var (first, second, third) = (-Float.infinity, -Float.infinity, -Float.infinity)
        for index in 0..<count where cosines[index] > third && index != without {
            let cosine = cosines[index]
            if cosine > first {
                (first, second, third) = (cosine, first, second)
            } else if cosine > second {
                (second, third) = (cosine, second)
            } else {
                third = cosine
            }
        }
        switch number {
        case 1: return first
        case 2: return (first + second) / 2
        default: return (first + second + third) / 3
        }
    }
}
