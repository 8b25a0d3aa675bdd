import Foundation
import Testing

@testable import Semantics

@Suite("A text is judged in NFKC and lower case")
struct NormalTextTests {
    /// Texts and what Python's unicodedata makes of them (Unicode 14), lowered scalar by scalar.
    static let rows: [(text: String, normal: String)] = [
        ("Hello", "hello"),
        ("\u{FF21}\u{FF22}\u{FF23}\u{3000}\u{FF11}\u{FF12}\u{FF13}\u{FF01}", "abc 123!"),
        ("\u{FF76}\u{FF9E}\u{FF77}\u{FF9E}", "\u{30AC}\u{30AE}"),
        ("\u{FB01}ne \u{BD} \u{C5}", "fine 1\u{2044}2 \u{E5}"),
        ("e\u{301}cole", "\u{E9}cole"),
        ("\u{1112}\u{1161}\u{11AB}\u{3148}\u{3172}", "\u{D55C}\u{110C}\u{111E}"),
        ("\u{AC01}\u{11A8}", "\u{AC01}\u{11A8}"),
        ("\u{3215}\u{338F}", "(\u{C544})kg"),
        ("\u{391}\u{3A3} \u{130} \u{1E9E}", "\u{3B1}\u{3C3} i\u{307} \u{DF}"),
        ("a\u{323}\u{307} a\u{307}\u{323}", "\u{1EA1}\u{307} \u{1EA1}\u{307}"),
        ("\u{304C} \u{304B}\u{3099}", "\u{304C} \u{304C}"),
        ("\u{2026}\u{2025}", "....."),
        ("\u{2460}\u{2461}\u{2163}", "12iv"),
        (
            "\u{FDFA}",
            "\u{635}\u{644}\u{649} \u{627}\u{644}\u{644}\u{647} \u{639}\u{644}\u{64A}\u{647} \u{648}\u{633}\u{644}\u{645}"
        ),
        ("\u{1C4} \u{1C6}", "d\u{17E} d\u{17E}"),
        ("\u{17F}tra\u{DF}e", "stra\u{DF}e"),
        ("\u{212B}\u{2126}", "\u{E5}\u{3C9}"),
        ("\u{958}\u{929}", "\u{915}\u{93C}\u{929}"),
        ("\u{AC00}\u{AC01}", "\u{AC00}\u{AC01}"),
        ("\u{344}", "\u{308}\u{301}"),
        ("x\u{A0}y\u{2009}z", "x y z"),
        ("\u{FF8A}\u{FF9F}\u{FF9D}", "\u{30D1}\u{30F3}"),
        ("\u{FF11}\u{FF12}\u{FF13}\u{FF14}\u{5E74}", "1234\u{5E74}"),
        ("\u{32FF}", "\u{4EE4}\u{548C}"),
        ("\u{1D518}\u{1D52B}\u{1D526}\u{1D520}\u{1D52C}\u{1D521}\u{1D522}", "unicode"),
        ("\u{F900}\u{FA10}", "\u{8C48}\u{585A}"),
        ("a\u{315}\u{300}\u{5AE}b", "\u{E0}\u{5AE}\u{315}b"),
        ("\u{1E9B}\u{323}", "\u{1E69}"),
    ]

    static func normal(_ bytes: [UInt8], limit: Int = .max) -> [UInt32] {
        var text = NormalText()
        bytes.withUnsafeBytes { text.take($0, limit: limit) }
        return text.scalars
    }

    @Test("Compatibility forms, marks, jamo and case become what Unicode says", arguments: rows)
    func forms(text: String, normal: String) {
        #expect(Self.normal(Array(text.utf8)) == normal.unicodeScalars.map(\.value))
    }

    @Test("Memory that was used for another text changes nothing")
    func reuse() {
        var text = NormalText()
        for row in Self.rows {
            Array(row.text.utf8).withUnsafeBytes { text.take($0) }
            #expect(text.scalars == row.normal.unicodeScalars.map(\.value))
        }
    }

    @Test("Scalars taken for stable are left alone by NFKC, before and after others")
    func inert() throws {
        for value in UInt32(0x80)...0x1FFFF where Compatibility.isInert(value) {
            let scalar = try #require(Unicode.Scalar(value))
            let text = "a\(scalar)\u{3042}"
            let composed = text.precomposedStringWithCompatibilityMapping
            #expect(text.unicodeScalars.elementsEqual(composed.unicodeScalars), "U+\(String(value, radix: 16))")
        }
    }

    @Test(
        "Marks that compose with nothing stand where Unicode puts them",
        arguments: [
            "\u{E19}\u{E49}\u{E33}", "\u{E01}\u{E48}\u{E38}x", "\u{E48}\u{323}", "a\u{E48}\u{301}", "e\u{323}\u{302}\u{E48}",
            "\u{928}\u{94D}\u{93C}", "\u{627}\u{651}\u{64E}\u{653}", "\u{627}\u{653}\u{64E}\u{651}", "\u{E81}\u{EC9}\u{EB3}",
            "\u{64F}\u{E38}\u{E48}\u{E48}a\u{301}", "\u{301}\u{E48}\u{323}", "\u{E48}e\u{301}",
        ])
    func marks(text: String) {
        let wanted = text.precomposedStringWithCompatibilityMapping.unicodeScalars.map(\.value)
        #expect(Self.normal(Array(text.utf8)) == wanted)
    }

    @Test("Marks that are kept in place neither compose nor come apart, and have the class that is said")
    func markClasses() throws {
        for value in UInt32(0)..<0x3000 where Compatibility.markClass(value) != 0 {
            let scalar = try #require(Unicode.Scalar(value))
            #expect(scalar.properties.canonicalCombiningClass.rawValue == Compatibility.markClass(value))
            #expect(Compatibility.decomposed(value) == [value])
            for base in ["a", "e", "\u{928}", "\u{627}", "\u{E01}"] {
                #expect(Compatibility.composed((base + String(scalar)).unicodeScalars.map(\.value)).count == 2)
            }
        }
    }

    @Test("Past the table of letters only some blocks come apart")
    func parts() {
        for value in UInt32(0x3100)...0x2FFFF where !PlainLetters.mayHaveParts(value) && Unicode.Scalar(value) != nil {
            if (0x3400...0x9FFF).contains(value) || (0x20000...0x2F7FF).contains(value) { continue }
            #expect(Compatibility.decomposed(value) == [value], "U+\(String(value, radix: 16))")
        }
    }

    @Test(
        "A long text of any script is read in little time",
        arguments: [
            "\u{1F600}", "\u{2764}\u{FE0F}", "\u{12000}", "\u{12000} ", "\u{1D160}", "\u{1100}\u{1161}\u{11A8}", "\u{A000}",
            "\u{E20}\u{E32}\u{E29}\u{E32}\u{E44}\u{E17}\u{E22}\u{E19}\u{E49}\u{E33}", "\u{FDFA}", "\u{1D400}", "x\u{B2}",
            "a\u{300}\u{323}\u{327}\u{345}\u{301}", "\u{1109A}", "\u{FF76}\u{FF9E}", "\u{1E900}", "\u{F900}",
        ])
    func quick(unit: String) {
        let text = Array(String(repeating: unit, count: 65536 / unit.utf8.count).utf8)
        let scratch = TimedText()
        #expect(scratch.milliseconds { scratch.take(text) } < 6)
    }

    @Test("A limit ends the text early")
    func limit() {
        #expect(Self.normal(Array("ABCDEF".utf8), limit: 3) == Array("abc".unicodeScalars.map(\.value)))
    }

    @Test("64 KiB of nothing but marks, or of junk, are some text")
    func hostile() {
        let marks = Self.normal(Array(String(repeating: "\u{301}\u{323}", count: 16384).utf8))
        #expect(marks.count == 32768)
        let junk = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        #expect(Self.normal(junk).count <= 3 * 65536)
        #expect(!Self.normal(junk).isEmpty)
    }
}
