internal import Cache

extension CacheName {
    /// The name of something that is kept, from its key: nil only where libcrypto fails.
    init?(of answer: StoredAnswer, secret: [UInt8]) {
        let rule = CacheKey.first(.rule, in: answer.key).map { $0.dropLast(CachePlan.fingerprintBytes) } ?? []
        let tenant = CacheKey.first(.tenant, in: answer.key) ?? []
        self.init(
            key: answer.key, rule: String(decoding: rule, as: UTF8.self),
            tenant: String(decoding: tenant, as: UTF8.self),
            secret: secret)
    }
}
