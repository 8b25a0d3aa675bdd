internal import Access
internal import Routing
internal import Settings
internal import Telemetry
internal import Wire

/// What is asked of a request before the rules are, and what browsers are told.
extension Exchange {
    /// False: it has been answered.
    func passesEdge(_ edge: Edge) -> Bool {
        guard let door = client?.door, door.isPublic else { return true }
        if let access = edge.access, let refusal = refusal(access) {
            fail(Failure.accessDenied(refusal, addressText, place: "http.access"))
            return false
        }
        if edge.knowsBrowsers, door == .clients, head.method == .options, let preflight = Preflight(head), answers(preflight, edge) {
            return false
        }
        return true
    }

    /// The same where the rule is known. False: it has been answered.
    func passesEdge(_ edge: PlanEdge, _ plan: Plan) -> Bool {
        edgeSaid = true
        added += edge.lines
        if let access = edge.access, let refusal = refusal(access) {
            fail(Failure.accessDenied(refusal, addressText, place: "access of rule '\(plan.name)'"))
            return false
        }
        guard let cors = edge.cors else { return true }
        let origin = head.first(named: "origin")
        added += cors.lines(for: origin)
        guard let origin, head.asksUpgrade, !cors.allows(origin), !isOwn(origin) else { return true }
        // no preflight comes before an upgrade, and no browser keeps its answer from the page
        fail(Failure.originDenied(origin, plan))
        return false
    }

    /// What failed before a rule was known is told with the protection of browsers too, and with what all rules say of
    /// other sites.
    func addUnmatchedLines(_ edge: Edge) {
        guard !edgeSaid, client?.door == .clients else { return }
        edgeSaid = true
        added += edge.lines
        if let cors = edge.cors { added += cors.lines(for: head.first(named: "origin")) }
    }

    /// Whether its address may pass; who comes by a local socket has none, and its file says who may.
    private func refusal(_ access: AccessList) -> AccessRefusal? {
        if let forwarded { return access.refusal(forwarded.address) }
        guard let client, let address = ClientAddress(bytes: client.address) else { return nil }
        return access.refusal(address)
    }

    /// A page of the host that is asked asks it.
    private func isOwn(_ origin: UnsafeRawBufferPointer) -> Bool {
        let scheme = origin.isPrefixedCaseless("https://") ? 8 : origin.isPrefixedCaseless("http://") ? 7 : 0
        guard scheme > 0, head.host.count > 0 else { return false }
        let place = UnsafeRawBufferPointer(rebasing: origin[scheme...])
        if place.isCaseless(head.host) { return true }
        // with the port that a browser leaves out
        let own: StaticString = scheme == 8 ? ":443" : ":80"
        let length = own.utf8CodeUnitCount
        return head.host.count == place.count + length
            && UnsafeRawBufferPointer(rebasing: head.host[place.count...]).isExactly(own)
            && UnsafeRawBufferPointer(rebasing: head.host[..<place.count]).isCaseless(place)
    }

    // MARK: preflights

    /// Answers what a browser asks in advance, before anybody is asked who they are (Fetch 3.2.2): no browser sends
    /// credentials with it. False: the route leaves that to its agent.
    private func answers(_ preflight: Preflight, _ edge: Edge) -> Bool {
        let plan = preflight.head.flatMap { wanted -> Plan? in
            guard let client, let runtime, case .plan(let plan) = runtime.match(wanted, client) else { return nil }
            return plan
        }
        guard let cors = plan == nil ? edge.cors : plan?.edge?.cors else { return false }
        self.plan = plan
        edgeSaid = true
        added += plan?.edge?.lines ?? edge.lines
        if let plan, let access = plan.edge?.access, let refusal = refusal(access) {
            fail(Failure.accessDenied(refusal, addressText, place: "access of rule '\(plan.name)'"))
            return true
        }
        switch cors.preflight(preflight.origin, method: preflight.method, headers: preflight.headers) {
        case .allowed(let lines):
            loop.counters.add(1, to: .preflightsAllowed)
            added += lines
            reply(Reply(status: 204))
        case .refused(let reason):
            loop.counters.add(1, to: .preflightsRefused)
            added += CORSPolicy.varyOfPreflight
            fail(Failure.preflightDenied(reason, preflight))
        }
        return true
    }
}

/// An OPTIONS request by which a browser asks whether a page may send another one.
struct Preflight {
    let origin: UnsafeRawBufferPointer
    let method: UnsafeRawBufferPointer
    let headers: UnsafeRawBufferPointer?
    /// The head of the request that is to come, as far as it is known: a rule may take its method alone. Nil where it
    /// could be none.
    let head: RequestHead?

    /// Nil where it is another kind of OPTIONS.
    init?(_ asking: RequestHead) {
        guard let origin = asking.first(named: "origin"),
            let method = asking.first(named: "access-control-request-method")
        else { return nil }
        self.origin = origin
        self.method = method
        headers = asking.first(named: "access-control-request-headers")
        var bytes = Array(method) + [0x20] + Array(asking.target) + Array(" HTTP/1.1\r\n".utf8)
        for at in 0..<asking.lines.fieldCount {
            let field = asking.lines.fields[at]
            if field.id == .contentLength || field.id == .transferEncoding || field.id == .expect { continue }
            bytes += Array(asking.lines.slice(field.start, field.end))
        }
        bytes += [0x0d, 0x0a]
        let head = RequestHead()
        var limits = WireLimits()
        limits.headBytes = bytes.count
        limits.fieldCount = max(asking.lines.fieldCount, 1)
        limits.targetBytes = asking.target.count
        if case .complete = bytes.withUnsafeBytes({ head.take($0, limits: limits) }) {
            self.head = head
        } else {
            self.head = nil
        }
    }
}

extension Failure {
    static func accessDenied(_ refusal: AccessRefusal, _ address: [UInt8], place: String) -> Failure {
        let text = String(decoding: address, as: UTF8.self)
        return switch refusal {
        case .denied:
            Failure(
                .accessDenied, "requests from \(text) are denied here",
                hint: "ask from another network; operators: deny of \(place) names this one")
        case .notAllowed:
            Failure(
                .accessDenied, "requests from \(text) are not allowed here",
                hint: "ask from a network that is allowed; operators: allow of \(place) does not name this one")
        }
    }

    static func originDenied(_ origin: UnsafeRawBufferPointer, _ plan: Plan) -> Failure {
        Failure(
            .originDenied, "pages of \(shortened(origin)) may not open a connection here",
            hint: "operators: add the origin to cors.allowedOrigins of http or of rule '\(plan.name)'")
    }

    static func preflightDenied(_ reason: CORSPolicy.Reason, _ preflight: Preflight) -> Failure {
        switch reason {
        case .origin:
            Failure(
                .originDenied, "pages of \(shortened(preflight.origin)) may not ask here",
                hint: "operators: add the origin to cors.allowedOrigins")
        case .method:
            Failure(
                .originDenied, "pages of other sites may not ask by \(shortened(preflight.method)) here",
                hint: "operators: add the method to cors.allowedMethods")
        case .headers:
            Failure(
                .originDenied, "pages of other sites may not send all of \(shortened(preflight.headers)) here",
                hint: "operators: add the fields to cors.allowedHeaders")
        }
    }

    private static func shortened(_ text: UnsafeRawBufferPointer?) -> String {
        guard let text else { return "" }
        return UnsafeRawBufferPointer(rebasing: text.prefix(200)).text
    }
}
