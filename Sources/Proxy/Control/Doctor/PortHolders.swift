internal import Glibc
internal import NIOCore
internal import Settings

/// A process that listens on a port, as far as `/proc` tells.
struct PortHolder: Equatable {
    /// Nil where this user may not see whose socket it is.
    var pid: Int?
    var command = ""

    var words: String {
        guard let pid else { return "a process that this user may not see (as root: ss -ltnp)" }
        return command.isEmpty ? "pid \(pid)" : "pid \(pid) (\(command))"
    }
}

/// Who listens where: `/proc/net/tcp` and `tcp6` have the sockets with their inodes, `/proc/PID/fd` who has them open.
enum PortHolders {
    /// A socket that listens.
    struct Listening: Equatable {
        /// 4 or 16 bytes, in network order.
        var address: [UInt8]
        var port: Int
        var inode: String
    }

    /// Those whose address overlaps the one wanted.
    static func of(host: String, port: Int) -> [PortHolder] {
        let all = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { listening(text($0)) }
        let wanted = addresses(host, port)
        let there = all.filter { socket in
            socket.port == port && wanted.contains { overlap($0, socket.address) }
        }
        let inodes = Set(there.map(\.inode))
        if inodes.isEmpty { return [] }
        let holders = processes(holding: inodes)
        return holders.isEmpty ? [PortHolder()] : holders
    }

    /// Rows `sl: ADDRESS:PORT REMOTE STATE ... inode` in state 0A (LISTEN); addresses are 32-bit words in the order of
    /// this machine.
    static func listening(_ table: String) -> [Listening] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A" else { return nil }
            let parts = fields[1].split(separator: ":")
            guard parts.count == 2, let port = Int(parts[1], radix: 16), let address = bytes(parts[0]) else {
                return nil
            }
            return Listening(address: address, port: port, inode: String(fields[9]))
        }
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        guard text.utf8.count == 8 || text.utf8.count == 32 else { return nil }
        var bytes: [UInt8] = []
        var rest = text
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            withUnsafeBytes(of: word) { bytes += $0 }
            rest = rest.dropFirst(8)
        }
        return bytes
    }

    /// The same address, or one of them every address: `0.0.0.0` of its family, `::` of both.
    static func overlap(_ wanted: [UInt8], _ held: [UInt8]) -> Bool {
        let (one, two) = (plain(wanted), plain(held))
        if one == two { return true }
        let (allOne, allTwo) = (one.allSatisfy { $0 == 0 }, two.allSatisfy { $0 == 0 })
        if one.count == two.count { return allOne || allTwo }
        return one.count == 16 ? allOne : allTwo
    }

    /// IPv4 within IPv6 (RFC 4291 2.5.5.2) as IPv4.
    private static func plain(_ address: [UInt8]) -> [UInt8] {
        let prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        return address.count == 16 && address.starts(with: prefix) ? Array(address[12...]) : address
    }

    private static func addresses(_ host: String, _ port: Int) -> [[UInt8]] {
        let name = host.isEmpty ? "0.0.0.0" : host
        let found = (try? SocketAddress(ipAddress: name, port: port)).map { [$0] } ?? HostLookup.addresses(name, port)
        return found.compactMap { address in
            let isV6 = address.protocol == .inet6
            guard isV6 || address.protocol == .inet else { return nil }
            // sockaddr_in has the address behind family and port, sockaddr_in6 behind its flow too
            return address.withSockAddr { start, size in
                Array(UnsafeRawBufferPointer(start: start, count: size)[isV6 ? 8..<24 : 4..<8])
            }
        }
    }

    // MARK: processes

    private static func processes(holding inodes: Set<String>) -> [PortHolder] {
        let wanted = Set(inodes.map { "socket:[\($0)]" })
        var found: [PortHolder] = []
        for pid in names(in: "/proc").compactMap({ Int($0) }).sorted() {
            let folder = "/proc/\(pid)/fd"
            let holds = names(in: folder).contains { link("\(folder)/\($0)").map(wanted.contains) ?? false }
            if holds { found.append(PortHolder(pid: pid, command: command(pid))) }
        }
        return found
    }

    /// The program and its subcommand: further arguments may hold secrets.
    private static func command(_ pid: Int) -> String {
        let words = text("/proc/\(pid)/cmdline").split(separator: "\0", maxSplits: 2).map(String.init)
        guard let program = words.first else {
            return text("/proc/\(pid)/comm").split(separator: "\n").first.map(String.init) ?? ""
        }
        let name = program.split(separator: "/").last.map(String.init) ?? program
        guard words.count > 1, !words[1].hasPrefix("-"), words[1].count <= 40 else { return name }
        return "\(name) \(words[1])"
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { letters in
                String(decoding: letters.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func link(_ path: String) -> String? {
        var letters = [CChar](repeating: 0, count: 64)
        let count = readlink(path, &letters, letters.count)
        return count > 0 ? String(decoding: letters[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// Files of `/proc` have no size: they are read to their end.
    private static func text(_ path: String) -> String {
        guard case .bytes(let bytes) = FileReading.read(path) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
