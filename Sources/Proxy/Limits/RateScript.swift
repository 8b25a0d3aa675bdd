internal import Access
internal import NIOCore

/// A limit that replicas share, in one round trip: the same algorithm as `RateSlots`, run by Redis, by its own clock.
///
/// A key holds when all that was taken will have come back, in microseconds since 2026, with a fraction, and what one
/// request takes, by which a count survives another rate; it lives as long as something is taken. Redis keeps numbers of
/// scripts as doubles: at this distance they are exact to 4 ns.
enum RateScript {
    /// KEYS[1]; what is wanted, the capacity and what one takes, in microseconds; 1: take it whether it fits or not. Answers
    /// whether it was taken, and the microseconds that are taken now.
    static let text = """
        local time = redis.call('TIME')
        local now = (time[1] - 1767225600) * 1000000 + time[2]
        local wanted, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
        local full, one = string.match(redis.call('GET', KEYS[1]) or '', '^(%S+) (%S+)$')
        local used = (tonumber(full) or now) - now
        if used < 0 then used = 0 end
        if used > 0 and one ~= ARGV[3] and (tonumber(one) or 0) > 0 then
          used = math.min(used / tonumber(one) * tonumber(ARGV[3]), capacity)
        end
        if ARGV[4] ~= '1' and used > 0 and used + wanted > capacity then return {0, math.ceil(used)} end
        used = used + wanted
        if used > 0 then
          redis.call('SET', KEYS[1], string.format('%.3f ', now + used) .. ARGV[3], 'PX', math.ceil(used / 1000) + 1000)
        else
          redis.call('DEL', KEYS[1])
          used = 0
        end
        return {1, math.ceil(used)}
        """

    private static let bytes = Array(text.utf8)
    private static let digest: [UInt8] = SHA1Digest.hex(of: bytes)

    /// Nanoseconds as Redis is told them.
    private static func microseconds(_ nanoseconds: Int64) -> String {
        let whole = nanoseconds / 1000
        let rest = abs(nanoseconds % 1000)
        let digits = String(rest)
        return (nanoseconds < 0 && whole == 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: 3 - digits.count) + digits
    }

    private static func command(
        _ name: StaticString, _ script: [UInt8], _ key: [UInt8], _ wanted: Int64, _ policy: RatePolicy, isForced: Bool
    ) -> RedisCommand {
        RedisCommand(name, script: script, key: key).with(microseconds(wanted)).with(microseconds(policy.capacity))
            .with(microseconds(policy.interval)).with(isForced ? "1" : "0")
    }

    /// Runs it; by its text where Redis does not know it yet. `done`: whether it was taken, and nanoseconds that are now.
    static func run(
        _ client: RedisClient, _ key: [UInt8], wanted: Int64, _ policy: RatePolicy, isForced: Bool = false,
        _ done: @escaping (Result<(isTaken: Bool, used: Int64), RedisFailure>) -> Void
    ) {
        client.send(command("EVALSHA", digest, key, wanted, policy, isForced: isForced)) { result in
            if case .failure(.refused(let words)) = result, words.hasPrefix("NOSCRIPT") {
                client.send(command("EVAL", bytes, key, wanted, policy, isForced: isForced)) { done($0.flatMap(read)) }
            } else {
                done(result.flatMap(read))
            }
        }
    }

    private static func read(_ reply: RedisReply) -> Result<(isTaken: Bool, used: Int64), RedisFailure> {
        guard case .list(let items) = reply, items.count == 2, case .integer(let taken) = items[0],
            case .integer(let used) = items[1]
        else { return .failure(.refused("no reply to a limit's script")) }
        let (nanoseconds, overflow) = used.multipliedReportingOverflow(by: 1000)
        return .success((taken == 1, overflow ? .max : max(nanoseconds, 0)))
    }
}
