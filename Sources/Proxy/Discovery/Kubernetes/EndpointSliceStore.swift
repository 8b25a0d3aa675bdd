internal import Balancer
internal import Settings

/// The endpoint slices of a list and of the watch after it, and the agents that they come to. Pure: events in, agents
/// out.
///
/// - Unlisted: nothing is known, or the version that was known is too old. A list leads to listed; what was there before
///   stays in force until then.
/// - Listed: changes of a watch are applied one by one, each with its version; a bookmark brings a version alone. An
///   error of code 410 leads to unlisted, whatever else ends the watch leaves it listed: the next watch goes on from the
///   last version.
struct EndpointSliceStore: Sendable {
    /// What an event asks for.
    enum Outcome: Sendable, Equatable {
        case goesOn
        /// The version is too old: everything is to be listed anew.
        case relist
        /// The watch ended with an error.
        case failed(code: Int, message: String)
    }

    struct Standing: Sendable, Equatable {
        var agents: [FoundAgent] = []
        /// What an operator should know of the others.
        var note = ""
    }

    private let port: PortName?
    private var slices: [String: EndpointSlice] = [:]
    /// Of the last answer; nil: unlisted.
    private(set) var version: String?

    init(port: PortName?) { self.port = port }

    /// A whole list takes the place of everything.
    mutating func replace(_ listed: [EndpointSlice], version: String) {
        slices = Dictionary(listed.map { ($0.name, $0) }) { $1 }
        self.version = version.isEmpty ? "0" : version
    }

    mutating func apply(_ event: SliceEvent) -> Outcome {
        switch event {
        case .put(let slice):
            slices[slice.name] = slice
            if let version = slice.version { self.version = version }
        case .removed(let slice):
            slices[slice.name] = nil
            if let version = slice.version { self.version = version }
        case .bookmark(let version): self.version = version
        case .unknown: break
        case .error(let code, let message):
            guard code == 410 else { return .failed(code: code, message: message) }
            expire()
            return .relist
        }
        return .goesOn
    }

    /// The version is known to be too old.
    mutating func expire() { version = nil }

    // MARK: agents

    /// Who may get requests: ready and not terminating. Whoever is drained by Kubernetes is left out, which drains it
    /// here: nothing new, and what it has goes on.
    ///
    /// An endpoint that stands in several slices, as it does while Kubernetes moves it, is one: ready if one says so. A
    /// pod with addresses of both families is one agent, by its IPv4 address.
    var standing: Standing {
        var best: [String: Candidate] = [:]
        var portless: Set<String> = []
        for slice in slices.values.sorted(by: { $0.name < $1.name }) {
            guard let number = number(in: slice) else {
                if !slice.endpoints.isEmpty { portless.insert(slice.service ?? slice.name) }
                continue
            }
            for endpoint in slice.endpoints {
                let candidate = Candidate(endpoint, slice, number)
                best[candidate.key] = best[candidate.key].map { $0.better(candidate) } ?? candidate
            }
        }
        let all = best.values.sorted { $0.id < $1.id }
        var standing = Standing()
        var ids: Set<String> = []
        standing.agents = all.filter(\.isIn).map { candidate in
            // two services may have the same pod
            let isFirst = ids.insert(candidate.id).inserted
            let id = isFirst ? candidate.id : "\(candidate.id)-\(candidate.authority)"
            return .place(
                FoundAgent.Place(
                    id: id, host: candidate.endpoint.address, port: candidate.port, zone: candidate.endpoint.zone))
        }
        standing.note = note(all, portless)
        return standing
    }

    private func note(_ all: [Candidate], _ portless: Set<String>) -> String {
        let terminating = all.count { $0.endpoint.isTerminating }
        let unready = all.count { !$0.isIn && !$0.endpoint.isTerminating }
        var words: [String] = []
        if terminating > 0 { words.append("\(terminating) terminating") }
        if unready > 0 { words.append("\(unready) not ready") }
        if !portless.isEmpty {
            let names = portless.sorted().joined(separator: ", ")
            words.append(
                port.map { "\(names) has no port \($0.text)" } ?? "\(names) has several ports or none: set port")
        }
        if slices.isEmpty {
            words.append("no endpoint slice fits: is there such a service? the labels are the service's")
        }
        return words.joined(separator: ", ")
    }

    /// A number is taken as it is: pods can be reached on every port. A name must be one of the slice's. Without either
    /// there must be exactly one.
    private func number(in slice: EndpointSlice) -> Int? {
        let ports = slice.ports.filter(\.isTCP)
        switch port {
        case .number(let number): return number
        case .name(let name): return ports.first { $0.name == name }?.number
        case nil: return ports.count == 1 ? ports[0].number : nil
        }
    }
}

/// An endpoint as one slice has it.
private struct Candidate {
    let endpoint: EndpointSlice.Endpoint
    let port: Int
    let id: String
    let key: String
    let isIPv6: Bool

    init(_ endpoint: EndpointSlice.Endpoint, _ slice: EndpointSlice, _ port: Int) {
        self.endpoint = endpoint
        self.port = port
        isIPv6 = slice.isIPv6
        let authority = FoundAgent.authority(endpoint.address, port)
        id = endpoint.pod ?? "\(slice.service ?? slice.name)-\(authority)"
        key = endpoint.pod.map { "pod \($0) \(port)" } ?? authority
    }

    var authority: String { FoundAgent.authority(endpoint.address, port) }

    var isIn: Bool { endpoint.isReady && !endpoint.isTerminating }

    /// Which of the two counts: the one that may get requests, then IPv4.
    func better(_ other: Candidate) -> Candidate {
        if isIn != other.isIn { return isIn ? self : other }
        return isIPv6 && !other.isIPv6 ? other : self
    }
}
