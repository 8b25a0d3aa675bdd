package import Settings

/// `logging.outputs[]`: one place where lines go.
package struct OutputSettings: Section {
    package var type = OutputKind.stderr
    package var path: String?
    package var maxSize = ByteSize(bytes: 100_000_000)
    package var maxBackups = 7
    package var compress = false
    package var network: SyslogNetwork?
    package var address: String?

    package init() {}

    package static let keys: [Key<OutputSettings>] = [
        .required("type", \.type, "kind of output"),
        .value("path", \.path, "file: its path", check: Check.nonEmpty),
        .value(
            "maxSize", \.maxSize, "file: it is put aside before it grows beyond this; 0 is no limit",
            check: { $0.bytes == 0 || $0.bytes >= 4096 ? nil : "expected 0 or at least 4KiB, found \($0.text)" }),
        .value(
            "maxBackups", \.maxBackups, "file: how many that were put aside are kept", check: Check.range(0...999)),
        .value("compress", \.compress, "file: those put aside are compressed"),
        .value("network", \.network, "syslog: how; absent: udp with an address, else unix"),
        .value("address", \.address, "syslog: `host:port` (port 514 if absent), or the socket's path for unix"),
    ]

    package static func check(_ value: OutputSettings, _ node: Node, _ reading: inout Reading) {
        switch value.type {
        case .file where node["path"] == nil:
            reading.under("path") { $0.error(node.position, "is missing; expected the path of the file") }
        case .syslog where value.syslogTarget == nil:
            let wanted = value.syslogNetwork == .unix ? "the path of a socket, such as /dev/log" : "host:port"
            reading.under("address") {
                $0.error(
                    node["address"]?.position ?? node.position,
                    "expected \(wanted) for \(value.syslogNetwork.rawValue), found '\(value.address ?? "nothing")'")
            }
        default: break
        }
    }

    package var syslogNetwork: SyslogNetwork { network ?? (address == nil ? .unix : .udp) }

    /// Where syslog messages go; nil where the address is none for the network.
    package var syslogTarget: SyslogTarget? {
        switch syslogNetwork {
        case .unix:
            var path = address ?? "/dev/log"
            if path.hasPrefix("unix:") { path.removeFirst(5) }
            // The size of sun_path, with its closing NUL.
            return path.hasPrefix("/") && path.utf8.count < 108 ? .unix(path: path) : nil
        case .udp: return Self.hostAndPort(address).map { .udp(host: $0, port: $1) }
        case .tcp: return Self.hostAndPort(address).map { .tcp(host: $0, port: $1) }
        }
    }

    private static func hostAndPort(_ address: String?) -> (String, Int)? {
        guard let address, !address.isEmpty else { return nil }
        var host = address[...]
        var port = 514
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            host = host[host.index(after: host.startIndex)..<end]
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = Int(rest.dropFirst()) else { return nil }
                port = number
            }
        } else if let colon = host.firstIndex(of: ":") {
            guard let number = Int(host[host.index(after: colon)...]) else { return nil }
            port = number
            host = host[..<colon]
        }
        guard !host.isEmpty, (1...65_535).contains(port), !host.contains("/") else { return nil }
        return (String(host), port)
    }
}

/// The kinds of log output.
package enum OutputKind: String, Variant {
    case file, stdout, stderr, syslog

    package static var noun: String { "output type" }
}

/// How syslog messages travel.
package enum SyslogNetwork: String, Variant {
    case tcp, udp, unix

    package static var noun: String { "network" }
}

/// Where syslog messages go, read from an output's network and address.
package enum SyslogTarget: Sendable, Equatable {
    case tcp(host: String, port: Int)
    case udp(host: String, port: Int)
    case unix(path: String)
}
