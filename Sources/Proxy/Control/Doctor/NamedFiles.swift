internal import Glibc
internal import Balancer
internal import Settings
internal import Telemetry

/// Files that the configuration names: whether they are there, and can be used.
struct NamedFiles {
    private let configuration: Configuration<GatewaySettings>

    init(_ configuration: Configuration<GatewaySettings>) { self.configuration = configuration }

    var findings: [Finding] {
        let found = outputs + sockets + read
        return found.isEmpty ? [.ok("files", "all that keys name are there")] : found
    }

    // MARK: written and connected to

    /// Log files are made where they are missing, their folders too where that is allowed.
    private var outputs: [Finding] {
        configuration.root.logging.outputs.enumerated().compactMap { index, output in
            guard output.type == .file, let path = output.path.map(Self.expanded) else { return nil }
            let place = access(path, F_OK) == 0 ? path : Self.nearestFolder(of: path)
            if access(place, W_OK) == 0 { return nil }
            return .error(
                "logging.outputs[\(index)]", "\(path) cannot be written: \(place): \(Self.reason)",
                remedy: "let the user that runs the proxy write there, or choose another path")
        }
    }

    private var sockets: [Finding] {
        configuration.root.agents.discovery.agents.compactMap { agent in
            guard case .unix(let path) = agent.endpoint.address, access(path, F_OK) != 0 else { return nil }
            return .warning(
                "agent \(agent.id)", "its socket \(path) is not there: \(Self.reason)",
                remedy: "start the agent, or correct its endpoint")
        }
    }

    // MARK: read

    /// Last words of keys that name a file to be read, in any spelling: certificates, keys, tokens, lists.
    private static let endings = ["file", "cert", "certificate", "cacert", "clientca", "ocsp", "ticketkeys"]

    /// Strings that are paths, at keys that name files; those of later versions are among them.
    private var read: [Finding] {
        var found: [Finding] = []
        collect(configuration.resolved, [], &found)
        return found
    }

    private func collect(_ node: Node, _ path: [String], _ found: inout [Finding]) {
        for (index, element) in (node.elements ?? []).enumerated() { collect(element, path + ["[\(index)]"], &found) }
        for member in node.members ?? [] {
            let own = path + [member.name]
            if let text = member.node.string, text.hasPrefix("/"), Self.namesFile(member.name), access(text, R_OK) != 0
            {
                found.append(
                    .error(
                        KeyPathText.join(own), "\(text) cannot be read: \(Self.reason) (\(member.node.position.text))",
                        remedy: "put it there, let the user that runs the proxy read it, or correct the key"))
            }
            collect(member.node, own, &found)
        }
    }

    private static func namesFile(_ name: String) -> Bool {
        let folded = String(name.lowercased().filter { $0 != "_" && $0 != "-" })
        return folded == "key" || folded == "ca" || endings.contains { folded.hasSuffix($0) }
    }

    // MARK: folders

    /// `~/` is the home of the user that runs the proxy, taken for the one that asks.
    private static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
        return String(cString: home) + path.dropFirst()
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func nearestFolder(of path: String) -> String {
        var folder = folder(of: path)
        while access(folder, F_OK) != 0, folder != "/", folder != "." { folder = Self.folder(of: folder) }
        return folder
    }

    private static var reason: String { String(cString: strerror(errno)).lowercased() }
}
