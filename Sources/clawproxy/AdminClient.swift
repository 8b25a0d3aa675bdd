internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import Settings

/// One small question to the admin listener, over a plain socket.
enum AdminClient {
    static func get(_ address: ListenAddress, _ path: String) throws -> String {
        let socket = try connect(address)
        defer { Glibc.close(socket) }
        let request = Array("GET \(path) HTTP/1.0\r\nHost: localhost\r\n\r\n".utf8)
        guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { throw refused(address) }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while case let count = recv(socket, &chunk, chunk.count, 0), count > 0 { answer += chunk[..<count] }
        let text = String(decoding: answer, as: UTF8.self)
        guard let blank = text.range(of: "\r\n\r\n"), text.hasPrefix("HTTP/1.") else { throw refused(address) }
        let body = String(text[blank.upperBound...])
        guard text.dropFirst(9).hasPrefix("200") else {
            complain("the admin listener answered: \(text.prefix { $0 != "\r\n" })\n\(body)")
            throw ExitCode(1)
        }
        return body
    }

    private static func connect(_ address: ListenAddress) throws -> CInt {
        switch address {
        case .unix(let path):
            var local = sockaddr_un()
            local.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            guard bytes.count < MemoryLayout.size(ofValue: local.sun_path) else { throw refused(address) }
            withUnsafeMutableBytes(of: &local.sun_path) { $0.copyBytes(from: bytes) }
            let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let done = withUnsafePointer(to: &local) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, size) }
            }
            if done == 0 { return socket }
            Glibc.close(socket)
            throw refused(address)
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let name = host.isEmpty || host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
            guard getaddrinfo(name, "\(port)", &hints, &list) == 0 else { throw refused(address) }
            defer { freeaddrinfo(list) }
            var next = list
            while let info = next?.pointee {
                next = info.ai_next
                let socket = Glibc.socket(info.ai_family, info.ai_socktype, info.ai_protocol)
                if Glibc.connect(socket, info.ai_addr, info.ai_addrlen) == 0 { return socket }
                Glibc.close(socket)
            }
            throw refused(address)
        }
    }

    private static func refused(_ address: ListenAddress) -> ExitCode {
        complain("no proxy answers at \(address.text) (admin.listen); start it with `clawproxy run`, or name its address with --admin")
        return ExitCode(1)
    }
}
