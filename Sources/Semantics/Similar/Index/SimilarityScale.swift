/// What the cosine of two prompts' vectors is called: a similarity of 0 to 1, of which 0.95 is a strict bound.
///
/// Prompts that ask the same in other words have cosines of 0.45 to 0.95, which nobody would take for a measure of it.
/// So `strict`, the least cosine that counts at a threshold of 0.95, becomes 0.95; below and above it the scale is
/// straight.
enum SimilarityScale {
    static let strict = 0.45
    private static let mark = 0.95

    static func similarity(of cosine: Double) -> Double {
        let cosine = min(max(cosine, 0), 1)
        return cosine < strict ? cosine / strict * mark : mark + (cosine - strict) / (1 - strict) * (1 - mark)
    }

    static func cosine(of similarity: Double) -> Double {
        if similarity < mark { return max(similarity, 0) / mark * strict }
        return strict + (similarity - mark) / (1 - mark) * (1 - strict)
    }
}
