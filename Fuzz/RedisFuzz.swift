internal import NIOCore
internal import Settings

/// What comes of bytes of a Redis, fed in pieces.
private func replies(_ bytes: [UInt8], step: Int) -> (replies: [RedisReply], failed: Bool) {
    let reader = RedisReader()
    var found: [RedisReply] = []
    var at = 0
    while at < bytes.count {
        let end = min(at + step, bytes.count)
        if bytes[at..<end].withUnsafeBytes(reader.feed) != nil { return (found, true) }
        at = end
        reading: while true {
            switch reader.next() {
            case .reply(let reply): found.append(reply)
            case .more: break reading
            case .failed: return (found, true)
            }
        }
    }
    return (found, false)
}

private func visit(_ reply: RedisReply) {
    switch reply {
    case .error(let text): _ = RedisRedirect(error: text)
    case .list(let items): items.forEach(visit)
    case .bytes, .integer, .status, .null: break
    }
}

/// The entry of libFuzzer: the first byte says how the rest is cut; whole and cut give the same replies.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRedis(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let data, size > 1 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
    let whole = replies(bytes, step: bytes.count)
    let cut = replies(bytes, step: Int(data[0]) % 17 + 1)
    precondition(whole == cut, "a split changed the replies:\n\(whole)\n\(cut)")
    whole.replies.forEach(visit)
    return 0
}
