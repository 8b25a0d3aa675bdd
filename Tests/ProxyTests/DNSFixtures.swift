import Proxy

/// What the tests of DNS write down often.
enum DNS {
    static func name(_ text: String) -> DNSName { DNSName(text) ?? .root }

    static func a(_ owner: String, _ last: UInt8 = 1, ttl: UInt32 = 60) -> DNSRecord {
        DNSRecord(name(owner), ttl: ttl, .address([10, 0, 0, last]))
    }

    static func aaaa(_ owner: String, _ last: UInt8 = 1, ttl: UInt32 = 60) -> DNSRecord {
        DNSRecord(name(owner), ttl: ttl, .address([UInt8](repeating: 0xFD, count: 15) + [last]))
    }

    static func alias(_ owner: String, _ target: String, ttl: UInt32 = 60) -> DNSRecord {
        DNSRecord(name(owner), ttl: ttl, .alias(name(target)))
    }

    static func service(_ owner: String, _ target: String, _ port: UInt16, priority: UInt16 = 0) -> DNSRecord {
        DNSRecord(name(owner), ttl: 60, .service(priority: priority, weight: 5, port: port, target: name(target)))
    }

    static func zone(_ owner: String = "test", ttl: UInt32 = 900, minimum: UInt32 = 30) -> DNSRecord {
        DNSRecord(name(owner), ttl: ttl, .zone(minimum: minimum))
    }

    /// An answer of a server that resolves for others.
    static func answer(
        _ question: DNSMessage.Question, id: UInt16 = 7, _ code: DNSMessage.Code = .noError,
        _ answers: [DNSRecord] = [], authority: [DNSRecord] = [], additional: [DNSRecord] = []
    ) -> DNSMessage {
        var message = DNSMessage(id: id)
        message.isAnswer = true
        message.offersRecursion = true
        message.code = code
        message.questions = [question]
        message.answers = answers
        message.authority = authority
        message.additional = additional
        return message
    }
}
