/// What all loops together had counted at one moment, since the start of the process.
package struct TrafficSample: Sendable, Equatable {
    /// Monotonic nanoseconds.
    package var time: Int64
    /// Requests whose answer has ended, and those among them that failed.
    package var requests: Int
    package var failures: Int
    /// Requests by their duration: a bucket a border, each with what is in it alone, and one for what is above them.
    package var buckets: [Int]
    /// The sum of all durations; 0 where it is not known.
    package var nanoseconds: Int

    package init(time: Int64, requests: Int, failures: Int, buckets: [Int], nanoseconds: Int = 0) {
        self.time = time
        self.requests = requests
        self.failures = failures
        self.buckets = buckets
        self.nanoseconds = nanoseconds
    }
}

/// What ended between two samples.
struct TrafficSpan: Sendable {
    var requests: Int
    var failures: Int
    var buckets: [Int]
    /// The mean duration; nil where it is not known.
    var mean: Double?
    /// Nanoseconds.
    var length: Int64

    static let none = TrafficSpan(requests: 0, failures: 0, buckets: [], mean: nil, length: 0)

    private init(requests: Int, failures: Int, buckets: [Int], mean: Double?, length: Int64) {
        self.requests = requests
        self.failures = failures
        self.buckets = buckets
        self.mean = mean
        self.length = length
    }

    /// Counters that went back count as if nothing had happened.
    init(from start: TrafficSample, to end: TrafficSample) {
        requests = max(0, end.requests - start.requests)
        failures = min(max(0, end.failures - start.failures), requests)
        buckets = end.buckets.indices.map { index in
            max(0, end.buckets[index] - (index < start.buckets.count ? start.buckets[index] : 0))
        }
        let time = end.nanoseconds - start.nanoseconds
        mean = requests > 0 && time > 0 ? Double(time) / Double(requests) : nil
        length = end.time - start.time
    }

    var failing: Share { Share(hits: Double(failures), of: Double(requests)) }
}
