import Settings
import Testing

/// A section with one below it, to be overridden in part.
private struct Outer: Section {
    var name = "base"
    var count = 1
    var inner = Inner()

    static let keys: [Key<Outer>] = [
        .value("name", \.name, "a name"), .value("count", \.count, "a number", check: Check.atLeast(0)),
        .section("inner", \.inner, "a section"),
    ]
}

private struct Inner: Section {
    var time = Duration.seconds(1)
    var isOn = true

    static let keys: [Key<Inner>] = [.value("time", \.time, "a time"), .value("isOn", \.isOn, "a switch")]
}

private struct Holder: Section {
    var own = Override<Outer>()

    static let keys: [Key<Holder>] = [.override("own", \.own, "what differs")]
}

@Suite("a section that says only what differs")
struct OverrideTests {
    private func read(_ text: String) throws -> (value: Holder, problems: [String]) {
        let node = try JSONReader.read(Array(text.utf8), source: "t.json", dialect: .json5)
        var reading = Reading()
        let value = Holder.decode(node, &reading)
        return (value, reading.problems.map { "\($0.path): \($0.message)" })
    }

    @Test("changes what it names, however deep, and nothing else")
    func over() throws {
        var base = Outer()
        base.name = "mine"
        base.count = 9
        base.inner.isOn = false
        let own = try read("{own: {count: 0, inner: {time: '5s'}}}").value.own
        let result = own.over(base)
        #expect(result.name == "mine" && result.count == 0)
        #expect(result.inner.time == .seconds(5) && !result.inner.isOn)
        #expect(own.isGiven && !Override<Outer>().isGiven)
        #expect(Override<Outer>().over(base) == base)
    }

    @Test("a value that is the default is still said")
    func sameAsDefault() throws {
        var base = Outer()
        base.count = 9
        let own = try read("{own: {count: 1}}").value.own
        #expect(own.over(base).count == 1 && own != Override<Outer>())
    }

    @Test("is checked like the section itself")
    func problems() throws {
        #expect(try read("{own: {count: -1}}").problems.first?.hasPrefix("own.count: expected at least 0") == true)
        #expect(try read("{own: {inner: {tiem: '1s'}}}").problems.count == 1)
        #expect(try read("{own: 5}").problems.count == 1)
    }

    @Test("shows and tells what is written, and no defaults")
    func shown() throws {
        let old = try read("{own: {count: 3}}").value
        let new = try read("{own: {count: 4, inner: {isOn: false}}}").value
        #expect(new.json == #"{"own": {"count": 4, "inner": {"isOn": false}}}"#)
        let changes = Holder.changes(from: old, to: new, at: []).map { change in
            "\(change.path.joined(separator: ".")) \(change.before ?? "-") \(change.after ?? "-")"
        }
        #expect(changes == ["own.count 3 4", "own.inner.isOn - false"])
        #expect(Holder.changes(from: old, to: old).isEmpty)
    }
}
