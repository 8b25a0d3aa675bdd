internal import CHiredis
internal import NIOCore

/// Takes bytes of a Redis, in whatever pieces they come, and gives replies: hiredis' parser.
package final class RedisReader {
    /// A reply of more bytes than this ends the connection: nobody here stores anything near it.
    package static let mostBytes = 64 << 20

    private let reader: UnsafeMutablePointer<redisReader>?
    /// Fed since the last whole reply.
    private var waiting = 0

    package init() { reader = redisReaderCreate() }

    deinit {
        if let reader { redisReaderFree(reader) }
    }

    /// What is wrong, if anything is; there are no more replies then.
    package func feed(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard let reader else { return "no memory for a parser" }
        waiting += bytes.count
        guard waiting <= Self.mostBytes else { return "a reply of more than \(Self.mostBytes >> 20) MiB" }
        let text = bytes.bindMemory(to: CChar.self).baseAddress
        return redisReaderFeed(reader, text, bytes.count) == REDIS_OK ? nil : words(reader)
    }

    package enum Step {
        case reply(RedisReply)
        case more
        case failed(String)
    }

    package func next() -> Step {
        guard let reader else { return .more }
        var raw: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &raw) == REDIS_OK else { return .failed(words(reader)) }
        guard let raw else { return .more }
        defer { freeReplyObject(raw) }
        waiting = 0
        return .reply(Self.reply(raw.assumingMemoryBound(to: CHiredis.redisReply.self)))
    }

    /// hiredis nests no deeper than seven lists.
    private static func reply(_ raw: UnsafeMutablePointer<redisReply>) -> RedisReply {
        let reply = raw.pointee
        switch reply.type {
        case REDIS_REPLY_STRING: return .bytes(ByteBuffer(bytes: bytes(reply)))
        case REDIS_REPLY_STATUS: return .status(String(decoding: bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: return .error(String(decoding: bytes(reply), as: UTF8.self))
        case REDIS_REPLY_INTEGER: return .integer(reply.integer)
        case REDIS_REPLY_ARRAY:
            return .list((0..<reply.elements).map { reply.element?[$0].map(Self.reply) ?? .null })
        default: return .null
        }
    }

    private static func bytes(_ reply: redisReply) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: reply.str, count: reply.str == nil ? 0 : Int(reply.len))
    }

    private func words(_ reader: UnsafeMutablePointer<redisReader>) -> String {
        withUnsafeBytes(of: reader.pointee.errstr) { text in
            String(decoding: text.prefix { $0 != 0 }, as: UTF8.self).lowercased()
        }
    }
}
