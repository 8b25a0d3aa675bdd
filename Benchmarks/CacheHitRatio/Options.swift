/// What the command line asks for.
struct Options {
    enum Task { case ratios, memory, lookups }

    struct Wrong: Error { let message: String }

    var task = Task.ratios
    var seed: UInt64 = 1
    var objects = 200_000
    var requests = 4_000_000
    /// Places of the cache, as parts of the number of objects.
    var parts = [0.01, 0.05, 0.2]
    var seconds = 30.0
    var threads = 2
    /// Largest body in bytes; each order of magnitude from 100 on is drawn alike.
    var bodies = 1_000_000

    static let usage = """
        usage: CacheHitRatio [--objects COUNT] [--requests COUNT] [--seed N]
               CacheHitRatio --memory [--bodies BYTES] [--seconds N] [--threads N] [--seed N]
               CacheHitRatio --lookups [--threads N] [--seed N]
        """

    init(_ words: [String]) throws(Wrong) {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--memory": task = .memory
            case "--lookups": task = .lookups
            case "--seed": seed = UInt64(try Self.number(word, rest.popFirst()))
            case "--objects": objects = try Self.number(word, rest.popFirst())
            case "--requests": requests = try Self.number(word, rest.popFirst())
            case "--seconds": seconds = Double(try Self.number(word, rest.popFirst()))
            case "--bodies": bodies = try Self.number(word, rest.popFirst())
            case "--threads": threads = try Self.number(word, rest.popFirst())
            default: throw Wrong(message: "no option '\(word)'")
            }
        }
    }

    private static func number(_ option: String, _ word: String?) throws(Wrong) -> Int {
        guard let word, let number = Int(word), number > 0 else {
            throw Wrong(message: "\(option): expected a number above 0, found '\(word ?? "nothing")'")
        }
        return number
    }
}
