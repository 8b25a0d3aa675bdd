import Routing
import Settings
import Testing
import Wire

/// A request's head as the wire gives it. `target` may be absolute.
func head(
    _ target: String, method: String = "GET", host: String = "example.com", fields: [String] = []
) throws -> RequestHead {
    let head = RequestHead()
    let lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)"] + fields
    let text = lines.joined(separator: "\r\n") + "\r\n\r\n"
    let step = Array(text.utf8).withUnsafeBytes { head.take($0, limits: WireLimits()) }
    try #require(step == .complete(text.utf8.count), "\(target): \(step)")
    return head
}

/// Routing settings as they are read from JSON5, with what was wrong with them.
func read(_ json: String) throws -> (settings: RoutingSettings, problems: [Problem]) {
    let node = try JSONReader.read(Array(json.utf8), source: "gateway.json", dialect: .json5)
    var reading = Reading(path: ["gateway", "routing"])
    let settings = RoutingSettings.decode(node, &reading)
    return (settings, reading.problems)
}

/// A router from JSON5 in which nothing is wrong.
func router(_ json: String, seed: UInt64 = 7) throws -> Router {
    let (settings, problems) = try read(json)
    try #require(problems.isEmpty, "\(problems.map(\.description))")
    return Router(settings, seed: seed)
}

extension Router {
    /// The name of the rule that takes the request, or what there is instead.
    func name(_ head: RequestHead) -> String {
        switch match(head) {
        case Router.none: "none"
        case Router.outOfMemory: "out of memory"
        case let place: rules[place].name
        }
    }

    /// The same by the plain way of `explain`.
    func explainedName(_ head: RequestHead) -> String {
        explain(head).first { $0.wins }?.name ?? "none"
    }
}

/// SplitMix64, for tests that must repeat.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}
