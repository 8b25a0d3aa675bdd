internal import Balancer
internal import Wire

/// What an exchange is besides, where it is a call of gRPC: its deadline, and how it ended.
final class GRPCCall: Timed {
    /// The exchange keeps the call, and takes it out of the wheel before it lets go of it.
    private unowned let exchange: Exchange
    /// Monotonic nanoseconds; `.max`: the client set none.
    let until: Int64
    /// Nil: nobody has said it yet.
    var status: GRPCStatus?

    init(_ exchange: Exchange) {
        self.exchange = exchange
        let given = exchange.head.first(named: "grpc-timeout").flatMap(GRPCText.timeout)
        let (until, isOver) = exchange.started.addingReportingOverflow(given ?? .max)
        self.until = isOver ? .max : until
    }

    override func deadlinePassed(now: Int64) { exchange.grpcDeadlinePassed() }

    /// What the end of the call says of the agent.
    func outcome(_ status: Int) -> Outcome {
        guard status == 200, let told = self.status else { return .of(status: status) }
        return .of(status: told.meantStatus)
    }

    /// Takes over what a head or trailers say.
    func hear(_ lines: HeadLines) {
        for at in 0..<lines.fieldCount where lines.name(lines.fields[at]).isCaseless("grpc-status") {
            status = GRPCStatus(field: lines.value(lines.fields[at])) ?? .unknown
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func isCaseless(_ lowercased: StaticString) -> Bool {
        count == lowercased.utf8CodeUnitCount && isPrefixedCaseless(lowercased)
    }

    /// A media type of gRPC: `application/grpc`, with `+proto` or parameters behind it.
    var isGRPC: Bool {
        guard isPrefixedCaseless("application/grpc") else { return false }
        return count == 16 || self[16] == 0x2b || self[16] == 0x3b || self[16] == 0x20
    }
}
