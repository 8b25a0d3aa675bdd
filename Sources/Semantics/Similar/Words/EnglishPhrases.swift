/// English words and phrases as the second check reads them; see `Lexicon` for the form.
///
/// They are those of everyday questions to a model. A word that is not here stands for itself, so that what is missing
/// costs a hit and never brings a wrong one.
enum EnglishPhrases {
    static let text = """
        # said for politeness, or because a sentence needs it
        --: please, pls, kindly, thanks, thank you, hi, hello, hey, can you, could you, would you, will you, can you please, could you please, would you mind, a, an, the, 's, is, are
        -: both, ok, okay, so, well, just, really, very, quite, actually, basically, exactly, simply put
        -: i, me, my, mine, myself, we, us, our, you, your, yours, it, its, it's, this, that, that's, who's there, these, those, there, there's, here, they, them, their
        -: am, be, been, being, i'm, do, does, would, could, might, may, have, has, i've, get, got, gets, getting
        -: i would like, i'd like, i'd love, would like, let me, let's, lets, feel free
        -: and, or, but, then, also, too, one, ones, any, some, certain, such, own, sort of, kind of
        -: what is meant by, refers to, refer to, mean by, meant by, meaning of, the meaning of, definition of, the definition of, the word, the term, define, mean, means, meaning, definition, called
        -: tell, tell me, explain, describe, clarify, elaborate, discuss, talk about, walk me through, walk through, teach me about, inform, show, show me, give, give me, provide, provide me, share, offer, present, supply
        -: explanation of, an explanation of, overview of, an overview of, give an overview of, introduction to, an introduction to, description of, rundown of, information about, information on, info on, info about, details about, details on, facts about, something about
        -: i want to know, i need to know, i'd like to know, would like to know, want to know, like to know, need to know, love to know, curious about, i am curious, i'm curious, i wonder, wonder, wondering, i was wondering, was wondering, i'm wondering, do you know, know, any idea, interested in knowing, understand, help me understand, learn about, learn
        -: possible, possibly, generally, typically, usually, commonly, normally, currently, nowadays, these days, in general
        -: give me a list of, list of, a list of, list out, name, enumerate, list, mention, identify, state
        -: out there, for me, to me, with me, in detail, in details, about that, things, thing, stuff, people, someone, somebody, person, something, anything, everyone
        -: write up, go about, go ahead and, be able to, able to, there any, is there, are there, exist, exists, happen to be, happens to be, actual, exact, specific, particular
        -: good, best, great, nice, suggest, recommend, suggestion, suggestions, recommendation, recommendations, idea, ideas, considered, current, effective, proper, appropriate, correct, right, hear, find, come, appear, human, person's, calculate, compute
        -: main, major, key, primary, principal, chief
        # what leads to a part that may stand anywhere
        <: in, on, at, of, about, via, when to, inside, regarding, concerning, on the topic of, inside of, within, as for, through, across, as
        <for: for
        <with: with, using, use, used, when using, by using, with the help of, by means of
        <by: by
        <case: do when, to do when, what to do when, happens when, happen when, if, in case, while, during
        # from here, to there
        >to: to, into, onto, in to
        >from: from, out of, starting from
        >than: than, compared to, compared with, relative to
        >against: against
        # what two things are to each other, in either order
        ~compare: difference, differences, different, differ, differs, distinction, distinctions, distinguish, distinguishes, contrast, vs, versus, v.s., compare, comparing, comparison, compared
        ~relation: relationship, relation, relations, link, connection, correlation
        ~common: in common, similarities, similarity
        ~between: between
        # how it is asked
        ?what: what, what's, whats, which
        ?how: workings of, the workings of, inner workings of, principle of, the principle of, principle behind, principles behind, science behind, mechanism of, mechanism behind, mechanics of, the science behind
        ?when: best time to, the best time to, good time to, right time to, best time for
        ?how: how, how to, how do i, how can i, how do you, how can you, how does one, how do we, how can we, how would i, how should i, how would you, how might i, how could i, how do people, in what way, in which way, by what means
        ?how: effective way to, an effective way to, effective ways to, good ways to, best ways to, easy way to, easiest way of, right way of, good way of, way for, ways for, quick guide to, command to, command for, the command to, the command for, what steps do i follow to, steps do i follow to, steps do i take to, process of, procedure, process, way to, ways to, the way to, a way to, best way to, the best way to, the right way to, good way to, easiest way to, way of, ways of, best way of, what's the best way to, proper way to, correct way to, steps to, the steps to, steps for, step by step, steps, step, method to, method for, methods for, method of, procedure for, procedure to, process for, process of, process to, instructions for, instructions on, instructions to, guide to, guide for, guide me through, tutorial on, approach to, how to go about, go about, what do i do to, what should i do to, what must i do to, what can i do to, what to do to, teach me how to, teach me to, techniques for, technique for
        ?seek: can you help me, could you help me, can you help me to, could you help me to, help, help me, i need, i need to, need, i want, i want to, want, want to, trying to, i'm trying to, i am trying to, need to, looking to, looking for, i'm looking for, assist, assist me, assistance, i require
        ?why: why, why's, how come, what's the reason, reason for, reasons for, the reason for, reason why, reasons why, the reason why, what is the reason, what makes, what explains, for what reason, what are the reasons, reason, reasons, reason behind, reasons behind, the reason that, what causes, what cause
        ?when: when, when did, when was, when is, when does, when do, when will, when were, when are, when should, when can, what year, which year, in what year, in which year, the year, what time, at what time, what date, which date, on what date, on which date, the date, what day, on which day, on what day
        ?where: where, where is, where are, where can i, where do i, where did, where does, where was, where were, where do, where should, where could i, where's, where to, in what place, which place, what place, what location, whereabouts, location of
        ?who: who, who's, whose, whom, which person, what person, by whom, who is the person
        ?many: how many, what number of, what is the number of, the number of, number of, how much, what amount of, the amount of, amount of, what quantity of, quantity of
        ?long: how long, how much time, what length of time, the amount of time, duration of, how many minutes, what is the duration of
        ?often: how often, how frequently, how many times, frequency of
        ?old: how old, what age, the age of, age of, what is the age of
        ?far: how far, what distance, the distance, distance
        ?tall: how tall, how high, what height, the height of, height of, height
        ?big: how big, how large, what size, the size of, size of, size
        ?deep: how deep, what depth, the depth of
        ?heavy: how heavy, how much does it weigh, what weight, the weight of, weight of
        ?cost: how much does it cost, how much do, how much does, what does it cost, how much is, how expensive, the price of, the cost of, price of, cost of, price, cost, costs, prices, what price
        ?fast: how fast, how quickly, what speed, at what speed, the speed of
        ?whether: whether, if it is, if there is, is it true that, is it true, tell me if, is it the case that
        ?should: should i, should we, should one, should you, must i, do i have to, do i need to, do you have to, do you need to, must, should, ought to, have to, has to, required to, is it necessary to, necessary to, am i required to, is it recommended to, is it advisable to, advisable, recommended, do we need to
        ?can: can i, may i, could i, am i allowed to, is it ok to, is it okay to, is it possible to, allowed to, are you allowed to, is it permitted to, permitted to, can one, can you legally, can
        ?will: will, going to, gonna, i'll, shall, it'll
        ?was: was, were, did, had
        !: not, no, never, none, nobody, nothing, neither, nor, without, cannot, can't, cant, don't, dont, doesn't, doesnt, didn't, didnt, won't, wont, isn't, isnt, aren't, wasn't, weren't, shouldn't, wouldn't, couldn't, haven't, hasn't, hadn't, mustn't, ain't, unable, except, excluding, unless, rather than, instead of, other than
        """
}
