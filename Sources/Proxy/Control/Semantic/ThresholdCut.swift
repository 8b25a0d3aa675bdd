/// The thresholds that take the same texts: above the score of one that is left out, up to that of the last one taken.
struct ThresholdCut {
    /// Nil: none is left out.
    let above: Float?
    let upTo: Float
    let count: ThresholdTuning.Count

    func contains(_ threshold: Float) -> Bool { threshold <= upTo && threshold > above ?? -1 }

    func distance(to threshold: Float) -> Float {
        if contains(threshold) { return 0 }
        return threshold > upTo ? threshold - upTo : (above ?? 0) - threshold
    }

    /// One that is there already stays. Else the middle, with as few decimals as it takes to lie between the two; where
    /// nothing is left out nothing is known of lower scores, so the highest.
    func threshold(near now: Float) -> Float {
        if contains(now) { return now }
        let middle = above.map { ($0 + upTo) / 2 } ?? upTo
        for scale in [100, 1000, 10_000, 100_000] as [Float] {
            for rounded in [(middle * scale).rounded() / scale, (upTo * scale).rounded(.down) / scale]
            where contains(rounded) && rounded >= ThresholdTuning.floor { return min(rounded, 1) }
        }
        return upTo
    }
}
