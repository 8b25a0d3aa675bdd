/// What an agent said with a 2xx to the question whether it can serve: it may tell its load.
struct HealthAnswer: Sendable {
    /// Bytes of a body that are looked at, at most; nothing is told of a longer one.
    static let mostBytes = 64 * 1024

    let body: [UInt8]
    /// As `Content-Type` has it.
    let contentType: String?
}
