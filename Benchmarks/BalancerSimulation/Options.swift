import Balancer

/// What the command line asks for.
struct Options {
    var scenarios = Scenarios.list
    var strategies = known
    var seed: UInt64 = 1
    var seeds = 1
    /// Times the duration of each scenario; changes keep their place in it.
    var pace = 1.0
    var pictures: String?
    /// Whether it is an error that `adaptive` is not as good as it must be.
    var isLaw = false
    /// Whether to measure how long a pick takes, in place of simulating.
    var isTimed = false

    /// All there are, and the mark to measure them by.
    private static let known = Strategies.list.map { $0.name } + [Oracle.name]

    static let usage = """
        usage: BalancerSimulation [--scenario NAME,...] [--strategy NAME,...] [--seed N] [--seeds COUNT]
                                  [--duration FACTOR] [--pictures DIRECTORY] [--law] [--picks]

        Simulates fleets of agents under open-loop load, with the balancer as it is, and prints for each scenario and
        strategy the time to first byte in milliseconds. --seeds takes the mean of so many runs; --duration 0.25 makes
        all scenarios a quarter as long; --law fails unless adaptive has the lowest p99 in 8 of 10 scenarios and is
        never above 1.2 times the best. --picks measures instead how long a pick takes, in nanoseconds.
        """

    init(_ arguments: [String]) throws(Wrong) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--law" || name == "--picks" {
                if name == "--law" { isLaw = true } else { isTimed = true }
                continue
            }
            guard let value = rest.popFirst() else { throw Wrong("\(name): expected a value") }
            switch name {
            case "--scenario": scenarios = try Options.scenarios(value)
            case "--strategy": strategies = try Options.strategies(value)
            case "--seed": seed = try Options.number(name, UInt64(value))
            case "--seeds": seeds = try Options.number(name, Int(value).flatMap { $0 > 0 ? $0 : nil })
            case "--duration": pace = try Options.number(name, Double(value).flatMap { $0 > 0 ? $0 : nil })
            case "--pictures": pictures = value
            default: throw Wrong("no option \(name)")
            }
        }
    }

    struct Wrong: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    private static func number<N>(_ name: String, _ value: N?) throws(Wrong) -> N {
        guard let value else { throw Wrong("\(name): expected a number above 0") }
        return value
    }

    private static func scenarios(_ text: String) throws(Wrong) -> [Scenario] {
        var found: [Scenario] = []
        for name in text.split(separator: ",") {
            guard let scenario = Scenarios.named(String(name)) else {
                throw Wrong("no scenario '\(name)'; expected \(Scenarios.list.map(\.name).joined(separator: ", "))")
            }
            found.append(scenario)
        }
        return found
    }

    private static func strategies(_ text: String) throws(Wrong) -> [String] {
        let known = known
        let names = text.split(separator: ",").map(String.init)
        for name in names where !known.contains(name) {
            throw Wrong("no strategy '\(name)'; expected \(known.joined(separator: ", "))")
        }
        return names
    }
}

extension Scenario {
    /// The same story in more or less time.
    package func paced(_ factor: Double) -> Scenario {
        var scenario = self
        scenario.duration *= factor
        for index in changes.indices { scenario.changes[index].at *= factor }
        return scenario
    }
}
