/// The messages of `grpc.health.v1.Health/Check`, encoded by hand: a string out, an enum back (protobuf wire format).
enum GRPCHealth {
    static let path = "/grpc.health.v1.Health/Check"

    /// `HealthCheckRequest { string service = 1 }` with its five bytes of prefix; without a name it is empty.
    static func request(service: String) -> [UInt8] {
        var message: [UInt8] = []
        if !service.isEmpty {
            message.append(0x0a)
            var count = service.utf8.count
            while count >= 0x80 {
                message.append(UInt8(truncatingIfNeeded: count) | 0x80)
                count >>= 7
            }
            message.append(UInt8(truncatingIfNeeded: count))
            message += service.utf8
        }
        let length = UInt32(truncatingIfNeeded: message.count)
        return [0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + message
    }

    /// `HealthCheckResponse { ServingStatus status = 1 }`: UNKNOWN 0, SERVING 1, NOT_SERVING 2, SERVICE_UNKNOWN 3;
    /// nil where it is no such message.
    static func status(of body: [UInt8]) -> Int? {
        guard body.count >= 5, body[0] == 0 else { return nil }
        let length = body[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard length == body.count - 5 else { return nil }
        var rest = body[5...]
        var status = 0
        while !rest.isEmpty {
            guard let key = varint(&rest) else { return nil }
            switch key & 7 {
            case 0:
                guard let value = varint(&rest) else { return nil }
                if key >> 3 == 1 { status = Int(truncatingIfNeeded: value) }
            case 1: guard skip(8, &rest) else { return nil }
            case 2: guard let count = varint(&rest), skip(Int(clamping: count), &rest) else { return nil }
            case 5: guard skip(4, &rest) else { return nil }
            default: return nil
            }
        }
        return status
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func skip(_ count: Int, _ bytes: inout ArraySlice<UInt8>) -> Bool {
        guard count <= bytes.count else { return false }
        bytes = bytes.dropFirst(count)
        return true
    }

    /// Whether the agent serves, and in words why not.
    static func verdict(_ answer: HTTPAnswer) -> (isWell: Bool, reason: String) {
        let told = answer.trailers?["grpc-status"] ?? answer.fields["grpc-status"]
        guard answer.status == 200, let told else { return (false, "status \(answer.status) without grpc-status") }
        guard told == "0" else { return (false, "grpc-status \(told)") }
        switch status(of: answer.body) {
        case 1: return (true, "serving")
        case 2: return (false, "not serving")
        case 3: return (false, "it does not know the service")
        case .some: return (false, "it does not know whether it serves")
        case nil: return (false, "its answer is no HealthCheckResponse")
        }
    }
}
