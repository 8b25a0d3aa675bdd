import Balancer
import NIOCore
import Proxy
import Testing

@Suite("The protocol of Redis")
struct RedisWireTests {
    private static func bytes(_ text: String) -> RedisReply { .bytes(ByteBuffer(string: text)) }

    /// What comes of bytes that come in pieces; a defect is the last of it.
    private func read(_ text: [UInt8], pieces: Int) -> [String] {
        let reader = RedisReader()
        var told: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            if piece.withUnsafeBytes({ reader.feed($0) }) != nil { return told + ["!"] }
            reading: while true {
                switch reader.next() {
                case .reply(let reply): told.append("\(reply)")
                case .more: break reading
                case .failed: return told + ["!"]
                }
            }
        }
        return told
    }

    private static let replies =
        "+OK\r\n-ERR no\r\n:-5\r\n$5\r\nhe\r\nl\r\n$0\r\n\r\n$-1\r\n*3\r\n:1\r\n*1\r\n+a\r\n$1\r\nb\r\n*-1\r\n*0\r\n"

    @Test("replies are read in whatever pieces they come", arguments: 1...40)
    func pieces(size: Int) {
        let expected: [RedisReply] = [
            .status("OK"), .error("ERR no"), .integer(-5), Self.bytes("he\r\nl"), Self.bytes(""), .null,
            .list([.integer(1), .list([.status("a")]), Self.bytes("b")]), .null, .list([]),
        ]
        #expect(read(Array(Self.replies.utf8), pieces: size) == expected.map { "\($0)" })
    }

    @Test(
        "what is no reply is told",
        arguments: [
            "x\r\n", ":a\r\n", "$x\r\n", "$-2\r\n", "*999999999999\r\n", "HTTP/1.1 400 Bad Request\r\n", "\r\n",
        ])
    func wrong(text: String) {
        #expect(read(Array(text.utf8), pieces: 100).last == "!")
    }

    @Test("no bytes are too strange", arguments: [UInt64(1), 2, 3])
    func fuzz(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<3000 {
            var bytes = Array(Self.replies.utf8)
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array("*$:+-\r\n19".utf8).randomElement(using: &random) ?? 0, at: place)
                }
            }
            _ = read(bytes, pieces: Int.random(in: 1...50, using: &random))
        }
    }

    @Test("a reply that has no end is not kept")
    func endless() {
        let reader = RedisReader()
        let head = Array("$536870912\r\n".utf8)
        #expect(head.withUnsafeBytes { reader.feed($0) } == nil)
        let piece = [UInt8](repeating: 0x61, count: 8 << 20)
        var defect: String?
        for _ in 0..<9 where defect == nil {
            defect = piece.withUnsafeBytes { reader.feed($0) }
            _ = reader.next()
        }
        #expect(defect == "a reply of more than 64 MiB")
    }

    @Test("a command is written with the length of each argument, whatever bytes it has")
    func command() {
        var buffer = ByteBuffer()
        let command = RedisCommand("SET").with("k\r\n").with([0, 0xFF]).with("").with("PX").with("5")
        #expect(command.write(to: &buffer))
        var expected = Array("*6\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$2\r\n".utf8) + [0, 0xFF]
        expected += Array("\r\n$0\r\n\r\n$2\r\nPX\r\n$1\r\n5\r\n".utf8)
        #expect(Array(buffer.readableBytesView) == expected)
        var next = ByteBuffer()
        #expect(RedisCommand("PING").write(to: &next))
        #expect(String(buffer: next) == "*1\r\n$4\r\nPING\r\n")
    }
}
