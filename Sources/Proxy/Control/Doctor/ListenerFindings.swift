internal import Glibc
internal import NIOCore
internal import Settings

/// Whether each address that the configuration names could be listened on, and who is there already.
enum ListenerFindings {
    static func of(_ settings: GatewaySettings) -> [Finding] {
        var listeners = settings.http.listen.values.map { ("http.listen", $0) }
        if let address = settings.monitoring.listen { listeners.append(("monitoring.listen", address)) }
        listeners.append(("admin.listen", settings.admin.listen))
        return listeners.map { finding($0, $1) }
    }

    private static func finding(_ key: String, _ address: ListenAddress) -> Finding {
        switch address {
        case .unix(let path): return socket(key, path)
        case .tcp(_, 0): return .ok(key, "\(address.spelling) gets a port at the start")
        case .tcp(let host, let port):
            let holders = PortHolders.of(host: host, port: port)
            if !holders.isEmpty {
                let words = holders.map(\.words).joined(separator: ", ")
                return .error(
                    key, "\(address.spelling) is held by \(words)",
                    remedy:
                        "stop it, or choose another address; if it is the proxy that you mean, name its admin listener"
                        + " with --admin")
            }
            return bindable(key, address)
        }
    }

    /// Binds without listening: nobody can connect meanwhile.
    private static func bindable(_ key: String, _ address: ListenAddress) -> Finding {
        do {
            Glibc.close(try ListenSocket.open(address, port: 0, shared: false, listens: false))
            return .ok(key, "\(address.spelling) is free")
        } catch {
            let (detail, remedy) = OfflineDoctor.split("\(error)")
            let prefix = "listen \(address.text): "
            let reason = detail.hasPrefix(prefix) ? String(detail.dropFirst(prefix.count)) : detail
            return .error(key, "\(address.spelling): \(reason)", remedy: remedy)
        }
    }

    private static func socket(_ key: String, _ path: String) -> Finding {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return folder(key, path) }
        guard facts.st_mode & S_IFMT == S_IFSOCK else {
            return .error(key, "\(path) is there, and is no socket", remedy: "move it away, or choose another path")
        }
        guard let address = try? SocketAddress(unixDomainSocketPath: path) else {
            return .error(
                key, "\(path) is too long for a socket",
                remedy: "choose a path of at most \(ListenAddress.longestPath) bytes")
        }
        let probe = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { Glibc.close(probe) }
        guard address.withSockAddr({ connect(probe, $0, socklen_t($1)) }) == 0 else {
            return .ok(key, "unix:\(path) is free; what an earlier run left there is replaced")
        }
        return .error(
            key, "unix:\(path) is held by a process that takes connections",
            remedy: "stop it (ss -lxp shows which), or choose another path")
    }

    private static func folder(_ key: String, _ path: String) -> Finding {
        let folder = NamedFiles.folder(of: path)
        if access(folder, W_OK) == 0 { return .ok(key, "unix:\(path) is free") }
        let reason = String(cString: strerror(errno)).lowercased()
        return .error(
            key, "unix:\(path) cannot be made: \(folder): \(reason)",
            remedy: "make the folder, and let this user write in it")
    }
}
