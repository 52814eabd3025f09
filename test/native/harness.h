/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdint.h>
#include <stdio.h>

/* A test registers itself; run.c runs all of them, or those whose name contains the argument. */
typedef struct Test Test;

struct Test {
    const char *name;
    void (*run)(void);
    Test *next;
};

void test_register(Test *test);
/* Marks the running test as failed and says why. */
void test_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define TEST_NAMED(FUNCTION, NAME) \
    static void FUNCTION(void); \
    static Test FUNCTION##_test = {NAME, FUNCTION, NULL}; \
    __attribute__((constructor)) static void FUNCTION##_register(void) { test_register(&FUNCTION##_test); } \
    static void FUNCTION(void)
#define TEST_EXPANDED(FUNCTION, NAME) TEST_NAMED(FUNCTION, NAME)
#define TEST_JOIN_EXPANDED(A, B) A##B
#define TEST_JOIN(A, B) TEST_JOIN_EXPANDED(A, B)
/* TEST("what it does") { ... } */
#define TEST(NAME) TEST_EXPANDED(TEST_JOIN(test_, __LINE__), NAME)

/* Ends the test when the condition is false; the message says what came. */
#define EXPECT(CONDITION, ...) \
    do { \
        if (!(CONDITION)) { \
            test_fail(__FILE__, __LINE__, __VA_ARGS__); \
            return; \
        } \
    } while (0)

#define EXPECT_EQUAL(ACTUAL, EXPECTED) \
    do { \
        long long actual_ = (long long)(ACTUAL), expected_ = (long long)(EXPECTED); \
        EXPECT(actual_ == expected_, "%s is %lld (0x%llx), expected %lld (0x%llx)", #ACTUAL, actual_, (unsigned long long)actual_, expected_, \
               (unsigned long long)expected_); \
    } while (0)

/* Numbers that look random and are the same in every run. */
typedef struct Random {
    uint64_t state;
} Random;

static inline uint32_t random_next(Random *random)
{
    /* splitmix64 */
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(z >> 32);
}

/* 0 to `count` - 1. */
static inline uint32_t random_below(Random *random, uint32_t count)
{
    return (uint32_t)((uint64_t)random_next(random) * count >> 32);
}

#endif
