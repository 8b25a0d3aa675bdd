internal import Access
internal import Settings

/// What the service's answers come to.
extension ForwardAuth {
    func judge(_ answer: HTTPAnswer, _ question: ForwardQuestion) -> Answer {
        switch answer.status {
        case 200..<300: return .passes(credential(answer, question))
        case 401: return .answered(ForwardedReply.make(answer), .invalid)
        case 403: return .answered(ForwardedReply.make(answer), .forbidden)
        case 300..<400:
            // a program has no use for a page to sign in at
            guard question.isForPeople, answer.fields["location"] != nil else { return .fault(.invalid(.forward)) }
            return .answered(ForwardedReply.make(answer), .invalid)
        default:
            return .fault(.unavailable(.forward, "the service answers with \(answer.status)"))
        }
    }

    func credential(_ answer: HTTPAnswer, _ question: ForwardQuestion) -> Credential {
        func value(_ name: String?) -> String? {
            name.flatMap { answer.fields[$0] }.flatMap {
                !$0.isEmpty && $0.utf8.count <= 256 && IdentityField.isValue($0) ? $0 : nil
            }
        }
        var lines: [UInt8] = []
        for name in settings.responseHeaders {
            let lowercased = name.lowercased()
            for field in answer.fields.all where field.name == lowercased {
                guard IdentityField.isValue(field.value), lines.count + field.value.utf8.count < 16 * 1024 else {
                    continue
                }
                lines += name.utf8
                lines += ": ".utf8
                lines += field.value.utf8
                lines += "\r\n".utf8
            }
        }
        let tenant = value(settings.tenantHeader)
        return Credential(
            name: value(settings.nameHeader) ?? tenant ?? "(forward)",
            tenant: tenant ?? Self.tenant(question), kind: .forward, lines: lines)
    }

    /// Nobody is told who it is: what is kept of answers is for the same credentials.
    static func tenant(_ question: ForwardQuestion) -> String {
        "forward:\(question.credentials.hex.prefix(32))"
    }

    func failed(_ why: String, _ question: ForwardQuestion, isLate: Bool = false) -> Answer {
        guard settings.failOpen else { return .fault(.unavailable(.forward, why, isLate: isLate)) }
        return .passes(Credential(name: "(not asked)", tenant: Self.tenant(question), kind: .forward))
    }
}
