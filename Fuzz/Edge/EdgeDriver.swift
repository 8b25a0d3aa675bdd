/// What strangers may write into a connection's beginning, a field or a settings file, and what must hold of it.
///
/// Compiled as one module with what it tests (`scripts/fuzz-edge.sh`): the imports of `Wire` and `Settings` there name
/// empty modules.
enum EdgeDriver {
    /// - Parameter kind: what the bytes are taken for; any number is one of them.
    static func run(_ kind: UInt8, _ bytes: [UInt8]) {
        switch kind % 8 {
        case 0: proxyHeader(bytes)
        case 1: chain(bytes) { $0.take(list: $1) }
        case 2: chain(bytes) { $0.take(forwarded: $1) }
        case 3: preflight(bytes)
        case 4: texts(String(decoding: bytes, as: UTF8.self))
        case 5: json(bytes)
        case 6: yaml(bytes)
        default: limit(bytes)
        }
    }

    /// Whatever the pieces, the end is the same; what is complete is complete with more behind it, and what has failed fails.
    private static func proxyHeader(_ bytes: [UInt8]) {
        var verdict = ProxyHeader.Step.more
        for count in 0...bytes.count {
            let step = bytes.withUnsafeBytes { ProxyHeader.read(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            if verdict == .more { verdict = step }
            precondition(step == verdict, "a split changed what a PROXY header is: \(verdict), then \(step)")
        }
        if case .complete(let count, let source) = verdict {
            precondition(count <= bytes.count && count <= 16 + ProxyHeader.longestBlock)
            if case .address(let address, let port) = source {
                precondition((0...65535).contains(port))
                let text = Array("\(address)".utf8)
                precondition(text.withUnsafeBytes { ClientAddress(text: $0) } == address, "\(address)")
                precondition(ClientAddress(bytes: address.bytes) == address)
            }
        }
    }

    /// Where nobody is trusted the last entry counts; where all are, no other is found than an entry that stands there.
    private static func chain(
        _ bytes: [UInt8], _ take: (inout ForwardedChain, UnsafeRawBufferPointer) -> Void
    ) {
        bytes.withUnsafeBytes { line in
            var strict = ForwardedChain { _ in false }
            var asked = 0
            var open = ForwardedChain { _ in
                asked += 1
                return true
            }
            take(&strict, line)
            take(&open, line)
            precondition(asked <= ForwardedChain.most)
            precondition((strict.address == nil) == (open.address == nil), "trust alone makes no address")
        }
    }

    private static let policies: [CORSPolicy] = {
        var exact = CORSSettings()
        exact.allowedOrigins = ["https://miaoquai.com", "https://*.example.com", "null"].compactMap { WebOrigin($0) }
        exact.allowedHeaders = ["Content-Type", "Authorization"]
        exact.allowCredentials = true
        var all = CORSSettings()
        all.allowedOrigins = [.all]
        all.allowedMethods = ["*"]
        all.allowedHeaders = ["*"]
        return [exact, all].compactMap { CORSPolicy($0) }
    }()

    /// Whatever a browser asks, each line of the answer is one line: no part of the question becomes a field.
    private static func preflight(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0x0a, maxSplits: 2, omittingEmptySubsequences: false).map(Array.init)
        guard parts.count == 3 else { return }
        for policy in policies {
            parts[0].withUnsafeBytes { origin in
                let isField = origin.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
                if isField { check(policy.lines(for: origin)) }
                parts[1].withUnsafeBytes { method in
                    parts[2].withUnsafeBytes { headers in
                        guard case .allowed(let lines) = policy.preflight(origin, method: method, headers: headers)
                        else { return }
                        precondition(policy.allows(origin))
                        if isField { check(lines) }
                    }
                }
            }
        }
    }

    private static func check(_ lines: [UInt8]) {
        precondition(lines.suffix(2) == [0x0d, 0x0a])
        let names = ["Access-Control-Allow-", "Access-Control-Expose-Headers", "Access-Control-Max-Age", "Vary: Origin"]
        for line in lines.dropLast(2).split(separator: 0x0a) {
            let text = String(decoding: line, as: UTF8.self)
            precondition(names.contains { text.hasPrefix($0) }, "a line of its own: \(text)")
        }
    }

    /// What is read is written as something that is read as the same.
    private static func texts(_ text: String) {
        let position = Position(source: "fuzz", line: 1, column: 1)
        func again<Value: SettingValue>(_ type: Value.Type) {
            var reading = Reading()
            guard let value = Value.read(Node(.string(text), at: position), &reading) else { return }
            guard let written = try? JSONReader.read(Array(value.text.utf8), source: "fuzz", dialect: .strict),
                let back = Value.read(written, &reading)
            else { return precondition(Bool(false), "\(type) is not read back: \(value.text)") }
            precondition(back == value, "\(type): \(value.text)")
        }
        again(WebOrigin.self)
        again(CIDR.self)
        again(Duration.self)
        again(ByteSize.self)
        again(Ratio.self)
        again(ListenAddress.self)
        again(RequestRate.self)
        again(RateLimitKey.self)
    }

    private static func json(_ bytes: [UInt8]) {
        _ = try? JSONReader.read(bytes, source: "fuzz", dialect: .strict)
        guard let node = try? JSONReader.read(bytes, source: "fuzz", dialect: .json5) else { return }
        sections(node)
    }

    private static func yaml(_ bytes: [UInt8]) {
        guard let node = try? YAMLReader.read(bytes, source: "fuzz") else { return }
        sections(node)
    }

    private static func sections(_ node: Node) {
        var reading = Reading()
        _ = CORSSettings.decode(node, &reading)
        _ = AddressListSettings.decode(node, &reading)
        _ = RateLimitSettings.decode(node, &reading)
        _ = RedisSettings.decode(node, &reading)
    }

    /// A limiter is asked by whatever clock and cost: it never gives more than its burst at once.
    private static func limit(_ bytes: [UInt8]) {
        var rest = bytes[...]
        func number() -> Int64 {
            let part = rest.prefix(8)
            rest = rest.dropFirst(8)
            return part.reduce(0) { $0 << 8 | Int64($1) }
        }
        let policy = RatePolicy(count: Int(number()), seconds: number(), burst: Int(number()))
        let limiter = RateLimiter(policy, keys: 16)
        let now = number() & 0x3fff_ffff_ffff_ffff
        var given: Int64 = 0
        while !rest.isEmpty {
            let cost = number()
            let key = RateKey(name: "\(cost & 3)")
            let verdict = limiter.ask(cost & 4 == 0 ? .everybody : key, cost: 1, now: now)
            if verdict.isAdmitted, cost & 4 == 0 { given += 1 }
            limiter.charge(key, cost: cost, now: now)
            limiter.set(key, used: number(), isRefused: cost & 8 == 0, now: now)
            _ = limiter.look(key, cost: cost, now: now)
            var line: [UInt8] = []
            RateFields.append(RateFields.quoted("fuzz"), verdict, to: &line)
            precondition(line.allSatisfy { (0x20...0x7e).contains($0) })
            precondition(verdict.retryAfter > 0)
        }
        precondition(given <= max(policy.burst, 1))
    }
}
