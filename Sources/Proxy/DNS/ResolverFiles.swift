internal import Glibc
internal import Settings

/// What the machine's files say about names, read again when they have changed.
struct ResolverFiles: Sendable {
    /// Where they are.
    struct Paths: Sendable {
        var resolvConf = "/etc/resolv.conf"
        var hosts = "/etc/hosts"
        var nameServices = "/etc/nsswitch.conf"

        init() {}
    }

    private let paths: Paths
    private var signatures: [FileSignature?] = []
    private(set) var configuration = ResolverConfiguration()
    private(set) var hosts = HostsFile()
    private(set) var services = NameServices()

    init(_ paths: Paths) { self.paths = paths }

    /// Looks at the files. What is not there is as the system has it then.
    mutating func refresh() {
        let seen = [paths.resolvConf, paths.hosts, paths.nameServices].map { FileSignature(path: $0) }
        guard seen != signatures else { return }
        signatures = seen
        configuration = ResolverConfiguration(resolvConf: Self.text(paths.resolvConf), hostName: Self.hostName())
        hosts = HostsFile(Self.text(paths.hosts))
        services = NameServices(Self.text(paths.nameServices))
    }

    private static func text(_ path: String) -> String {
        guard case .bytes(let bytes) = FileReading.read(path) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
