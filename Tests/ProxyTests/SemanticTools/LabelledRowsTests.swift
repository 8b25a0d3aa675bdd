@testable import Proxy
import Testing

@Suite("labelled rows are read line by line, and what is wrong is told with its line")
struct LabelledRowsTests {
    @Test("members beside the wanted ones, empty lines, a byte order mark and carriage returns are passed over")
    func reads() throws {
        let content =
            "\u{feff}{\"id\": 1, \"lang\": \"zh\", \"text\": \"你好\", \"label\": \"a\", \"route\": \"b\"}\r\n\n"
            + "{\"text\": \"hi\", \"route\": \"c\", \"more\": [1, {\"x\": 2}]}"
        let rows = try LabelledRows(content, file: "f", wanted: [.route]).rows
        #expect(
            rows == [
                LabelledRow(line: 1, text: "你好", label: "a", route: "b", language: "zh"),
                LabelledRow(line: 3, text: "hi", route: "c"),
            ])
        let chinese = try LabelledRows(content, file: "f", wanted: [.route], language: "zh").rows
        #expect(chinese.map(\.text) == ["你好"])
    }

    @Test("of long texts the beginning is looked at")
    func long() throws {
        let text = String(repeating: "x", count: 70_000)
        let rows = try LabelledRows("{\"text\": \"\(text)\", \"label\": \"a\"}", file: "f", wanted: [.label]).rows
        #expect(rows.first?.text.utf8.count == 65_536)
    }

    @Test(
        "what is wrong is told with file and line",
        arguments: [
            ("{\"text\": \"a\", \"route\": \"b\"}\n{\"text\": \"c\"", "f:2: column "),
            ("[1]", "f:1: expected an object"), ("\n\n{\"route\": \"b\"}", "f:3: text is missing"),
            ("{\"text\": 7, \"route\": \"b\"}", "f:1: text: expected a string, found number 7"),
            ("{\"text\": \"a\", \"label\": \"b\"}", "f:1: route is missing"),
            ("{\"text\": \"a\", \"route\": \"\"}", "f:1: route is missing"), (" \n \n", "f: there is no row in it"),
        ])
    func faults(content: String, message: String) {
        let fault = #expect(throws: LabelledRows.Fault.self) {
            try LabelledRows(content, file: "f", wanted: [.route])
        }
        #expect(fault?.description.hasPrefix(message) == true, "\(fault?.description ?? "")")
    }

    @Test("of several wanted members one is enough, and a language that no row has is told")
    func wanted() throws {
        let content = "{\"text\": \"a\", \"label\": \"b\", \"lang\": \"en\"}"
        #expect(try LabelledRows(content, file: "f", wanted: [.route, .label]).rows.count == 1)
        let fault = #expect(throws: LabelledRows.Fault.self) {
            try LabelledRows(content, file: "f", wanted: [.label], language: "xx")
        }
        #expect(fault?.description == "f: no row has lang 'xx'; name another one, or leave --lang out")
    }
}
