/// Tells languages in Latin letters apart by their commonest words and the letters that few others have.
enum LatinWords {
    /// Words that say little but occur in nearly every sentence; those of two languages count for both.
    private static let common: [(Language, String)] = [
        (.en, """
            the of and to in is you that it he was for on are as with his they at be this have from or had by
            but what some we can out other were all there when up use your how said each she which do their time
            if will way about many then them write would like so these her make thing see him two has look more
            day could go come did my sound no most who over know than call first people may down side been now
            find any new work part take get place made where after back only me our good man year please explain
            hello does why not an should i am a give tell show list
            """),
        (.de, """
            der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden
            aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur
            oder aber vor zur bis mehr durch man sein wurde sei wenn ich du wir ihr mir mich bitte kann was
            warum schreibe erkläre keine kein diese dieser gibt ja nein guten
            """),
        (.fr, """
            de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec
            son aux d l s n c je vous nous mais ou si leur comme tout elle cette été être fait ont sa ses deux
            même y aussi bien peut peux moi mon ma tu quel quelle comment pourquoi écris explique bonjour merci
            ça très sans donne
            """),
        (.es, """
            de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me
            si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde
            está mi porque qué sólo han yo hay vez puede todos así nos ni parte tiene él uno donde bien tiempo
            mismo ese ahora cada e vida cómo cuál escribe explica hola gracias puedes
            """),
        (.pt, """
            de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem
            à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois
            sem mesmo aos ter seus quem nas me esse eles você tinha foram essa num nem suas meu às minha são
            escreva explique olá obrigado pode qual
            """),
        (.it, """
            di e il la che in a per un è del non con una sono da i le si come dei al più nel alla ma ha della
            gli lo anche questo o se delle su nella dal dalla ed loro essere io mi ti ci tutto due stato molto
            quando perché cosa chi quale scrivi spiega ciao grazie puoi questa suo sua era hanno degli ai agli
            dove così senza
            """),
        (.nl, """
            de van het een en in is dat op te zijn met voor niet die aan er om ook als dan maar bij of uit nog
            naar door over ze hij ik je we wordt heeft worden was deze dit hebben meer kan geen wat mijn tot wel
            werd moet had zou schrijf leg waarom hoe jij jullie goed veel al onder tegen
            """),
        (.pl, """
            w i z na do nie się to jest że o a jak od po za ale co tak są przez dla był ich by tym jego czy
            tylko ma już być może które który która tego te ten ta oraz przy lub mi mnie ty ja napisz wyjaśnij
            dlaczego proszę jakie cześć gdzie kiedy bardzo we ze pod
            """),
        (.cs, """
            a v se na je že s z do o to i za ve jako pro si by ale po který jsem jsou tak od jak k co byl ze
            nebo už být má při která které jeho u až není podle ještě také když jen jsme proč prosím napiš
            vysvětli mi mě ty já dobrý den
            """),
        (.ro, """
            și de în a la cu nu o pe care un este că din să se pentru mai sunt au fost ca le s ce sau prin dar
            lui după între fi ale până acest această am ai scrie explică cum unde când îmi mi te eu tu foarte
            bună
            """),
        (.hu, """
            a az és hogy nem is egy van meg ez csak volt már de ha még mint vagy el azt ki be kell lehet most
            mert én te ők sem aki ami minden nagy után írj magyarázd miért kérem hogyan mi milyen jó
            """),
        (.tr, """
            ve bir bu da de için ile ne çok o gibi daha olarak var en kadar sonra ben sen biz mi mı ama olan her
            ya değil bana yaz açıkla nasıl neden lütfen merhaba nedir olduğu şey iki göre ki hem
            """),
        (.vi, """
            là và của có cho không được một các những trong với người này đã để khi về từ cũng như đến ra tôi
            bạn nhưng làm gì hãy viết thế nào tại sao vào nhiều lại còn theo sẽ hay nếu anh em xin chào giải
            thích bằng
            """),
        (.id, """
            yang dan di untuk dengan dari ini itu pada tidak dalam adalah akan ke saya anda juga atau oleh bisa
            ada karena kami kita mereka dapat telah sebagai apa bagaimana mengapa tolong tulis jelaskan buat
            buatkan lebih sudah seperti kamu
            """),
        (.sv, """
            och i att det som en på är av för med till den har de inte om ett han men var jag sig från så kan
            när vi nu skulle hur vad varför eller du mig skriv förklara hej tack finns också mycket efter ska
            hade mot där alla vid ut
            """),
        (.da, """
            og i at det er en til på af for med den der de ikke som et har om han men var jeg sig fra så kan når
            vi nu skal hvad hvordan hvorfor eller du mig skriv forklar hej tak også meget efter blev havde ud
            være mod hvor
            """),
        (.no, """
            og i at det er en til på av for med den der de ikke som et har om han men var jeg seg fra så kan når
            vi nå skal hva hvordan hvorfor eller du meg skriv forklar hei takk også mye etter ble hadde ut være
            mot hvor
            """),
        (.fi, """
            ja on ei se että oli hän mutta ovat joka kun niin myös mukaan tai jos kuin sen sitä minä sinä me te
            he ole vain olla mitä miten miksi kirjoita selitä kiitos hei nyt vielä jo kanssa tämä siitä sekä voi
            """),
    ]

    /// Letters beyond ASCII and whose they are (lower case, UTF-8). Each counts as half a word.
    private static let letters: [(String, [Language])] = [
        ("ä", [.de, .sv, .fi]), ("ö", [.de, .sv, .fi, .tr, .hu]), ("ü", [.de, .tr, .hu]), ("ß", [.de, .de]),
        ("é", [.fr, .es, .pt, .hu, .cs]), ("è", [.fr, .it]), ("ê", [.fr, .pt, .vi]), ("à", [.fr, .it, .pt, .vi]),
        ("ç", [.fr, .pt, .tr]), ("œ", [.fr, .fr]), ("ù", [.fr, .it, .vi]), ("ñ", [.es, .es]),
        ("á", [.es, .pt, .hu, .cs]), ("í", [.es, .pt, .hu, .cs]), ("ó", [.es, .pt, .pl, .hu]),
        ("ú", [.es, .pt, .hu, .cs]), ("¿", [.es, .es]), ("ã", [.pt, .pt, .vi]), ("õ", [.pt, .pt]),
        ("ò", [.it, .vi]), ("ì", [.it, .vi]), ("ł", [.pl, .pl]), ("ą", [.pl, .pl]), ("ę", [.pl, .pl]),
        ("ś", [.pl, .pl]), ("ż", [.pl, .pl]), ("ź", [.pl]), ("ć", [.pl]), ("ř", [.cs, .cs]), ("ě", [.cs, .cs]),
        ("š", [.cs]), ("č", [.cs]), ("ž", [.cs]), ("ů", [.cs, .cs]), ("ý", [.cs]), ("ă", [.ro, .ro, .vi]),
        ("ș", [.ro, .ro]), ("ț", [.ro, .ro]), ("î", [.ro, .fr]), ("â", [.ro, .vi, .fr, .pt]), ("ő", [.hu, .hu]),
        ("ű", [.hu, .hu]), ("ş", [.tr, .tr]), ("ğ", [.tr, .tr]), ("ı", [.tr, .tr]), ("đ", [.vi, .vi]),
        ("ơ", [.vi, .vi]), ("ư", [.vi, .vi]), ("å", [.sv, .da, .no]), ("ø", [.da, .no]), ("æ", [.da, .no]),
    ]

    private static let order = common.map(\.0)
    /// By word: which languages have it, as bits in `order`.
    private static let table = WordTable(
        common.enumerated().flatMap { index, entry in
            entry.1.split { $0 == " " || $0 == "\n" }.map { (String($0), UInt32(1) << index) }
        })

    /// By the second byte of a letter of two, C3...C8: languages that have it.
    private static let signs: [UInt16: [Int]] = {
        var signs: [UInt16: [Int]] = [:]
        for (letter, languages) in letters {
            let bytes = Array(letter.utf8)
            signs[UInt16(bytes[0]) << 8 | UInt16(bytes[1])] = languages.compactMap { order.firstIndex(of: $0) }
        }
        return signs
    }()

    /// The language with the most votes. Letters without any known word are English where they are ASCII only.
    static func language(of text: UnsafeRawBufferPointer) -> Language {
        var votes = [Int](repeating: 0, count: order.count)
        let table = Self.table
        var key = WordTable.Key()
        var length = 0
        var at = 0
        while at <= text.count {
            let byte = at < text.count ? text[at] : 0x20
            let isLetter = (0x61...0x7a).contains(byte | 0x20) && byte < 0x80
            if isLetter || byte >= 0x80 {
                let low = isLetter ? byte | 0x20 : lowered(text, at)
                key.take(low)
                length += 1
                if byte >= 0xc2, byte <= 0xc8, at + 1 < text.count { sign(byte, lowered(text, at + 1), &votes) }
                if byte == 0xe1, at + 1 < text.count, text[at + 1] == 0xba || text[at + 1] == 0xbb { vote(.vi, &votes) }
            } else if length > 0 {
                word(table[key], &votes)
                key.clear()
                length = 0
            }
            at += 1
        }
        guard let most = votes.max(), most > 0 else {
            return text.contains { $0 >= 0x80 } ? .unknown : .en
        }
        return order[votes.firstIndex(of: most) ?? 0]
    }

    /// A word of one language says more than one of five.
    private static func word(_ languages: UInt32, _ votes: inout [Int]) {
        guard languages != 0 else { return }
        let weight = 12 / min(languages.nonzeroBitCount, 4)
        var rest = languages
        while rest != 0 {
            votes[rest.trailingZeroBitCount] += weight
            rest &= rest - 1
        }
    }

    private static func sign(_ lead: UInt8, _ second: UInt8, _ votes: inout [Int]) {
        for index in signs[UInt16(lead) << 8 | UInt16(second)] ?? [] { votes[index] += 6 }
    }

    private static func vote(_ language: Language, _ votes: inout [Int]) {
        if let index = order.firstIndex(of: language) { votes[index] += 6 }
    }

    /// Of the letters U+00C0 to U+00DE the small one; the others of the table differ in the lowest bit.
    private static func lowered(_ text: UnsafeRawBufferPointer, _ at: Int) -> UInt8 {
        let byte = text[at]
        guard at > 0, text[at - 1] == 0xc3, (0x80...0x9e).contains(byte) else { return byte }
        return byte | 0x20
    }
}
