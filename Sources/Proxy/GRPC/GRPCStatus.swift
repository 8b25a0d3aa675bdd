internal import Wire

/// How a gRPC call ended (gRPC's `statuscodes.md`). The raw value stands in `grpc-status`.
enum GRPCStatus: Int, Sendable {
    case ok, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
    case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss
    case unauthenticated

    /// What a status of HTTP means where no gRPC came with it (gRPC's `http-grpc-status-mapping.md`).
    static func ofAnswer(status: Int) -> GRPCStatus {
        switch status {
        case 400: .internal
        case 401: .unauthenticated
        case 403: .permissionDenied
        case 404: .unimplemented
        case 429, 502, 503, 504: .unavailable
        default: .unknown
        }
    }

    /// The value of a field `grpc-status`; nil where it is none.
    init?(field value: UnsafeRawBufferPointer) {
        guard (1...2).contains(value.count), value.allSatisfy(ByteClass.isDigit) else { return nil }
        self.init(rawValue: value.reduce(0) { $0 * 10 + Int($1 &- 0x30) })
    }

    /// The status of HTTP that an answer of plain HTTP would have where this speaks of the agent; 200 where it does not.
    var meantStatus: Int {
        switch self {
        case .unavailable: 503
        case .resourceExhausted: 429
        default: 200
        }
    }
}

extension Failure {
    /// What a gRPC client is told.
    var grpcStatus: GRPCStatus {
        switch kind {
        case .clientGone, .requestCutShort: return .cancelled
        case .deadlineExceeded, .firstByteTimeout, .streamGap, .requestTimeout: return .deadlineExceeded
        case .badAnswer: return answered.map(GRPCStatus.ofAnswer(status:)) ?? .internal
        case .notFound, .modelNotServed: return .unimplemented
        case .requestTooLarge, .queueFull, .queueTimeout: return .resourceExhausted
        default: break
        }
        return switch status {
        case 401, 407: .unauthenticated
        case 403: .permissionDenied
        case 404, 405, 501: .unimplemented
        case 413, 429, 431: .resourceExhausted
        case 502, 503, 504: .unavailable
        default: .internal
        }
    }
}

/// Texts of gRPC in fields.
enum GRPCText {
    private static let mostMessage = 1024

    /// `grpc-message`: visible ASCII and blanks but for `%`, the rest as `%XX`.
    static func encoded(_ message: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in message.utf8.prefix(mostMessage) {
            if (0x20...0x7e).contains(byte), byte != 0x25 {
                bytes.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return bytes
    }

    /// `grpc-status` and `grpc-message` as field lines.
    static func lines(_ status: GRPCStatus, _ message: String) -> [UInt8] {
        Array("grpc-status: \(status.rawValue)\r\ngrpc-message: ".utf8) + encoded(message) + [0x0d, 0x0a]
    }

    /// `grpc-timeout`: one to eight digits and a unit; nanoseconds, or nil where it is something else.
    static func timeout(_ value: UnsafeRawBufferPointer) -> Int64? {
        guard (2...9).contains(value.count), value.dropLast().allSatisfy(ByteClass.isDigit) else { return nil }
        let count = value.dropLast().reduce(Int64(0)) { $0 * 10 + Int64($1 &- 0x30) }
        let unit: Int64? =
            switch value[value.count - 1] {
            case 0x48: 3_600_000_000_000
            case 0x4d: 60_000_000_000
            case 0x53: 1_000_000_000
            case 0x6d: 1_000_000
            case 0x75: 1_000
            case 0x6e: 1
            default: nil
            }
        guard let unit else { return nil }
        let (nanoseconds, isOver) = count.multipliedReportingOverflow(by: unit)
        return isOver ? .max : nanoseconds
    }
}
