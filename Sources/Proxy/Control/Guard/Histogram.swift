/// The borders of the duration histogram, in seconds, and what its buckets say.
struct Histogram: Sendable {
    let bounds: [Double]

    /// The duration that a share of the requests stays within, and its bucket: by linear interpolation, in the last
    /// bucket its lower border. Nil without requests.
    func quantile(_ share: Double, _ buckets: [Int]) -> (seconds: Double, bucket: Int)? {
        let all = buckets.reduce(0, +)
        guard all > 0 else { return nil }
        let rank = share * Double(all)
        var below = 0.0
        for (bucket, count) in buckets.enumerated() where count > 0 {
            let end = below + Double(count)
            if rank <= end {
                let (low, high) = borders(bucket)
                return (low + (high - low) * (rank - below) / Double(count), bucket)
            }
            below = end
        }
        return nil
    }

    /// The requests that took longer than `bounds[border]`: known exactly.
    func above(border: Int, _ buckets: [Int]) -> Double {
        Double(buckets.dropFirst(border + 1).reduce(0, +))
    }

    /// The requests that took longer than a time within a bucket, taken as spread evenly over it.
    func above(seconds: Double, in bucket: Int, _ buckets: [Int]) -> Double {
        guard bucket < buckets.count else { return 0 }
        let (low, high) = borders(bucket)
        let part = high > low ? min(max((high - seconds) / (high - low), 0), 1) : 0
        return above(border: bucket, buckets) + Double(buckets[bucket]) * part
    }

    /// The first bucket whose lower border is not below a time: what is in it or in a later one took at least as long.
    func firstBucket(from seconds: Double) -> Int {
        (bounds.firstIndex { $0 >= seconds } ?? bounds.count) + 1
    }

    private func borders(_ bucket: Int) -> (low: Double, high: Double) {
        let low = bucket > 0 && bucket <= bounds.count ? bounds[bucket - 1] : 0
        return (low, bucket < bounds.count ? bounds[bucket] : low)
    }
}
